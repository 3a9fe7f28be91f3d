using MyDocker.Oci.Json;
using static MyDocker.Oci.Json.JsonCursor;

namespace MyDocker.Engine.Containers.Text;

/// <summary><see cref="ContainerState"/>.</summary>
internal static class StateText
{
    public static JsonText Write(ContainerState state, JsonText text)
    {
        text.Open()
            .Field("status", state.Status)
            .Field("pid", state.Pid)
            .Field("firstHostId", state.FirstHostId)
            .Field("pidStartTime", state.PidStartTime)
            .Field("started", state.Started)
            .Field("finished", state.Finished)
            .Field("monitorPid", state.MonitorPid)
            .Field("monitorStartTime", state.MonitorStartTime)
            .Field("restartCount", state.RestartCount)
            .Field("exitCode", state.ExitCode)
            .Field("signal", state.Signal)
            .FieldIf("oomKilled", state.OomKilled)
            .FieldIf("oomPaused", state.OomPaused)
            .Field("reason", state.Reason);
        if (state.Health is { } health)
        {
            text.Open("health").Field("status", health.Status).Field("failingStreak", health.FailingStreak).OpenList("log");
            foreach (var probe in health.Log)
            {
                text.Open().Field("start", probe.Start).Field("end", probe.End).Field("exitCode", probe.ExitCode).Field("output", probe.Output).Close();
            }

            text.CloseList().Close();
        }

        return text.Close();
    }

    public static ContainerState? Read(ref JsonCursor json) => json.Record(new ContainerState(), static (state, name, ref json) =>
    {
        switch (name)
        {
            case "status": state.Status = json.Text(); break;
            case "pid": state.Pid = json.Int(); break;
            case "firstHostId": state.FirstHostId = json.UInt(); break;
            case "pidStartTime": state.PidStartTime = json.ULong(); break;
            case "started": state.Started = json.TimeOrNull(); break;
            case "finished": state.Finished = json.TimeOrNull(); break;
            case "monitorPid": state.MonitorPid = json.Int(); break;
            case "monitorStartTime": state.MonitorStartTime = json.ULong(); break;
            case "restartCount": state.RestartCount = json.Int(); break;
            case "exitCode": state.ExitCode = json.IntOrNull(); break;
            case "signal": state.Signal = json.Int(); break;
            case "oomKilled": state.OomKilled = json.Bool(); break;
            case "oomPaused": state.OomPaused = json.Bool(); break;
            case "reason": state.Reason = json.TextOrNull(); break;
            case "health": state.Health = Health(ref json); break;
            default: json.Skip(); break;
        }
    });

    private static HealthState? Health(ref JsonCursor json) => json.Record(new HealthState(), static (health, name, ref json) =>
    {
        switch (name)
        {
            case "status": health.Status = json.Text(); break;
            case "failingStreak": health.FailingStreak = json.Int(); break;
            case "log": health.Log = Required(json.List(Probe)); break;
            default: json.Skip(); break;
        }
    });

    private static HealthProbe? Probe(ref JsonCursor json)
    {
        var (start, end, code, output) = (default(DateTimeOffset), default(DateTimeOffset), 0, "");
        return json.Record("", (_, name, ref json) =>
        {
            switch (name)
            {
                case "start": start = json.Time(); break;
                case "end": end = json.Time(); break;
                case "exitCode": code = json.Int(); break;
                case "output": output = json.Text(); break;
                default: json.Skip(); break;
            }
        }) is null ? null : new HealthProbe(start, end, code, output);
    }
}
