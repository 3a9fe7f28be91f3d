using MyDocker.Engine.Events;
using MyDocker.Engine.Options;
using MyDocker.Images.Users;
using MyDocker.Oci.Image;
using MyDocker.Oci.Json;

namespace MyDocker.Engine.Containers;

/// <summary>
/// How records, states and events lie in their files, which every command reads or writes. <see cref="EngineJson"/> reads and
/// writes the same, and is asked only for what is wrong with a file. A new field needs its line here.
/// </summary>
internal static class RecordShapes
{
    private static readonly JsonShape<ImageUser> _user = new JsonShape<ImageUser>(() => new ImageUser(0, 0, [], "", null))
        .UInt("uid", o => o.Uid, (o, v) => o with { Uid = v })
        .UInt("gid", o => o.Gid, (o, v) => o with { Gid = v })
        .Add("gids", static (ref json) => JsonCursor.Required(json.List(static (ref json) => json.UInt())), (o, v) => o with { Gids = v }, (text, o) => text.Field("gids", o.Gids))
        .Text("home", o => o.Home, (o, v) => o with { Home = v })
        .TextOrNull("name", o => o.Name, (o, v) => o with { Name = v });

    private static readonly JsonShape<HealthProbe> _probe = new JsonShape<HealthProbe>(() => new HealthProbe(default, default, 0, ""))
        .Time("start", o => o.Start, (o, v) => o with { Start = v })
        .Time("end", o => o.End, (o, v) => o with { End = v })
        .Int("exitCode", o => o.ExitCode, (o, v) => o with { ExitCode = v })
        .Text("output", o => o.Output, (o, v) => o with { Output = v });

    private static readonly JsonShape<HealthState> _health = new JsonShape<HealthState>(() => new HealthState())
        .Text("status", o => o.Status, (o, v) => o with { Status = v })
        .Int("failingStreak", o => o.FailingStreak, (o, v) => o with { FailingStreak = v })
        .Records("log", _probe, o => o.Log, (o, v) => o with { Log = v });

    public static JsonShape<ContainerRecord> Record { get; } = new JsonShape<ContainerRecord>(() => new ContainerRecord())
        .Text("id", o => o.Id, (o, v) => o with { Id = v })
        .Text("name", o => o.Name, (o, v) => o with { Name = v })
        .Time("created", o => o.Created, (o, v) => o with { Created = v })
        .Text("image", o => o.Image, (o, v) => o with { Image = v })
        .Text("imageId", o => o.ImageId, (o, v) => o with { ImageId = v })
        .Text("layersParent", o => o.LayersParent, (o, v) => o with { LayersParent = v })
        .Texts("layers", o => o.Layers, (o, v) => o with { Layers = v })
        .TextOrNull("driver", o => o.Driver, (o, v) => o with { Driver = v })
        .Texts("commandLine", o => o.CommandLine, (o, v) => o with { CommandLine = v })
        .Text("stopSignal", o => o.StopSignal, (o, v) => o with { StopSignal = v })
        .TextOrNull("initProgram", o => o.InitProgram, (o, v) => o with { InitProgram = v })
        .Record("imageConfig", ContainerConfigShape.Config, o => o.ImageConfig, (o, v) => o with { ImageConfig = v })
        .Record("user", _user, o => o.User, (o, v) => o with { User = v })
        .Record("options", OptionShapes.Options, o => o.Options, (o, v) => o with { Options = v });

    public static JsonShape<ContainerState> State { get; } = new JsonShape<ContainerState>(() => new ContainerState())
        .Text("status", o => o.Status, (o, v) => o with { Status = v })
        .Int("pid", o => o.Pid, (o, v) => o with { Pid = v })
        .UInt("firstHostId", o => o.FirstHostId, (o, v) => o with { FirstHostId = v })
        .ULong("pidStartTime", o => o.PidStartTime, (o, v) => o with { PidStartTime = v })
        .TimeOrNull("started", o => o.Started, (o, v) => o with { Started = v })
        .TimeOrNull("finished", o => o.Finished, (o, v) => o with { Finished = v })
        .Int("monitorPid", o => o.MonitorPid, (o, v) => o with { MonitorPid = v })
        .ULong("monitorStartTime", o => o.MonitorStartTime, (o, v) => o with { MonitorStartTime = v })
        .Int("restartCount", o => o.RestartCount, (o, v) => o with { RestartCount = v })
        .IntOrNull("exitCode", o => o.ExitCode, (o, v) => o with { ExitCode = v })
        .Int("signal", o => o.Signal, (o, v) => o with { Signal = v })
        .Bool("oomKilled", o => o.OomKilled, (o, v) => o with { OomKilled = v })
        .Bool("oomPaused", o => o.OomPaused, (o, v) => o with { OomPaused = v })
        .TextOrNull("reason", o => o.Reason, (o, v) => o with { Reason = v })
        .Record("health", _health, o => o.Health, (o, v) => o with { Health = v });

    public static JsonShape<EngineEvent> Event { get; } = new JsonShape<EngineEvent>(() => new EngineEvent())
        .Text("type", o => o.Type, (o, v) => o with { Type = v })
        .Text("action", o => o.Action, (o, v) => o with { Action = v })
        .Text("id", o => o.Id, (o, v) => o with { Id = v })
        .Long("timeNano", o => o.TimeNano, (o, v) => o with { TimeNano = v })
        .TextMap("attributes", o => o.Attributes, (o, v) => o with { Attributes = v });
}
