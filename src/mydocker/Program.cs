using MyDocker.Cli;
using MyDocker.Cli.Grammar;

// One executable for both: the pages that a start needs are there once, and the monitor's are warm when it begins.
return MonitorProgram.IsMeant ? MonitorProgram.Run(args) : App.Run(args, new ContainerCommands());
