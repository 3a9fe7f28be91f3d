using MyDocker.Cli;
using MyDocker.Cli.Grammar;

return App.Run(args, new AllCommands());
