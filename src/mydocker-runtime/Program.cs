using MyDocker.RuntimeCli;

return App.Run(args);
