using MyDocker.Oci.Json;

namespace MyDocker.Oci.Runtime.Reading;

/// <summary>Writes what hooks and listeners read on a start path; the same document as <see cref="RuntimeJson"/> writes.</summary>
public static class RuntimeWriter
{
    public static byte[] State(RuntimeState state) => Append(new JsonText().Open(), state).Close().ToArray();

    public static byte[] ProcessState(ContainerProcessState process)
    {
        var text = new JsonText().Open()
            .Field("ociVersion", process.OciVersion)
            .Field("fds", process.Fds)
            .Field("pid", process.Pid)
            .Field("metadata", process.Metadata);
        if (process.State is { } state)
        {
            Append(text.Open("state"), state).Close();
        }

        return text.Close().ToArray();
    }

    private static JsonText Append(JsonText text, RuntimeState state)
    {
        text.Field("ociVersion", state.OciVersion).Field("id", state.Id).Field("status", state.Status);
        if (state.Pid != 0)
        {
            text.Field("pid", state.Pid);
        }

        return text.Field("bundle", state.Bundle)
            .Field("annotations", state.Annotations)
            .Field("rootfs", state.Rootfs)
            .Field("created", state.Created)
            .Field("owner", state.Owner);
    }
}
