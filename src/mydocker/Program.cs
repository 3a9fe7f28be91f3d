using MyDocker.Cli;

return App.Run(args);
