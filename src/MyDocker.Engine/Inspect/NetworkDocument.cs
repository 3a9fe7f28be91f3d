using MyDocker.Engine.Containers;
using MyDocker.Networks;
using MyDocker.Oci.Json;

namespace MyDocker.Engine.Inspect;

/// <summary>NetworkSettings: the one interface that a container may have.</summary>
internal static class NetworkDocument
{
    public static Document Of(ContainerRecord record, ContainerState state)
    {
        var options = record.Options;
        var runs = state.IsAlive;
        var address = options.Address is { } text && CidrAddress.TryParse(text, out var parsed) ? parsed : null;
        var endpoint = new Document
        {
            ["IPAddress"] = runs && address is not null ? address.Address.ToString() : "",
            ["IPPrefixLen"] = runs && address is not null ? address.PrefixLength : 0,
            ["Gateway"] = runs && address is not null && options.Bridge is null ? options.HostAddress ?? NetworkRequest.DefaultHostAddress : "",
            ["MacAddress"] = "",
        };
        var network = options.Network ?? (address is null ? "none" : options.Bridge ?? "interface");
        return new Document
        {
            ["Bridge"] = options.Bridge ?? "",
            ["SandboxID"] = "",
            ["SandboxKey"] = runs ? $"/proc/{state.Pid}/ns/net" : "",
            ["Ports"] = new Document(),
            ["IPAddress"] = endpoint["IPAddress"],
            ["IPPrefixLen"] = endpoint["IPPrefixLen"],
            ["Gateway"] = endpoint["Gateway"],
            ["MacAddress"] = "",
            ["Networks"] = new Document { [network] = endpoint },
        };
    }
}
