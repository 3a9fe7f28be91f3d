namespace MyDocker.Engine.Options;

/// <summary>What options of `run` demand of each other. Needs nothing but the options: refused before anything is made.</summary>
public static class RunCheck
{
    /// <exception cref="EngineException">names the options and what to do.</exception>
    public static void Check(RunOptions options)
    {
        CheckMemory(options);
        CheckNetwork(options);
        CheckMounts(options);
        CheckNamespaces(options);
    }

    private static void CheckMemory(RunOptions options)
    {
        if (options.OomPause && options.Memory is null)
        {
            throw new EngineException("-k, --oom-pause needs a memory limit to pause at; give one with -m, --memory, such as -m 25m");
        }

        if (options.MemoryReservation > options.Memory)
        {
            throw new EngineException("--memory-reservation is what the container keeps when memory is short, so it must not be above the limit, -m, --memory");
        }

        if (options.MemorySwap is not { } swap)
        {
            return;
        }

        if (options.Memory is not { } memory)
        {
            throw new EngineException("--memory-swap is memory and swap together and needs the memory limit; give one with -m, --memory");
        }

        if (swap != -1 && swap < memory)
        {
            throw new OptionException("--memory-swap", $"{swap}", $"it is memory and swap together, so it must not be below the memory limit of {memory} bytes");
        }
    }

    private static void CheckNetwork(RunOptions options)
    {
        if (options.Bridge is not null && options.Address is null)
        {
            throw new EngineException("-b, --bridge needs an address for the container; give one with -a, --ip, such as -a 192.168.2.2/24");
        }

        if (options.HostAddress is not null && options.Address is null)
        {
            throw new EngineException("--host-ip needs an address for the container; give one with -a, --ip, such as -a 192.168.2.2/24");
        }

        if (options.HostAddress is not null && options.Bridge is not null)
        {
            throw new EngineException("--host-ip is the host's end of a link without a bridge and cannot be used with -b, --bridge; give the bridge its address with 'ip address add'");
        }

        if (options.Network == "none" && options.Address is not null)
        {
            throw new EngineException("-a, --ip gives the container an interface and cannot be used with --network none; leave --network out");
        }

        if (options.Network != "host")
        {
            return;
        }

        if (options.Address is not null)
        {
            throw new EngineException("-a, --ip gives the container an interface of its own and cannot be used with --network host");
        }

        foreach (var name in options.Sysctls.Keys)
        {
            if (name.StartsWith("net.", StringComparison.Ordinal))
            {
                throw new OptionException("--sysctl", $"{name}={options.Sysctls[name]}", "with --network host it would change the host's own network");
            }
        }
    }

    /// <summary>docker's conflicts, in docker's words where it has some.</summary>
    private static void CheckNamespaces(RunOptions options)
    {
        var ownUsers = Spec.SpecBuilder.HasOwnUserNamespace(options);
        foreach (var (option, mode) in ((string, string?)[])[("--pid", options.PidMode), ("--ipc", options.IpcMode)])
        {
            if (mode == NamespaceOption.Host && ownUsers)
            {
                throw new EngineException($"{option} host: a container with users of its own has no rights in the host's namespace; add --userns=host");
            }
        }

        if (options.UtsMode is not null && options.Hostname is not null)
        {
            throw new EngineException("conflicting options: hostname and the UTS mode");
        }

        if (!NamespaceOption.IsContainer(options.Network))
        {
            return;
        }

        var conflict = options.Hostname is not null ? "hostname"
            : options.Dns.Count > 0 || options.DnsSearch is not null || options.DnsOptions is not null ? "dns"
            : options.ExtraHosts.Count > 0 ? "custom host-to-IP mapping"
            : options.Exposed is not null ? "port exposing"
            : options.Address is not null || options.Bridge is not null || options.HostAddress is not null ? "an address of its own"
            : options.Sysctls.Keys.Any(name => name.StartsWith("net.", StringComparison.Ordinal)) ? "--sysctl of the network"
            : null;
        if (conflict is not null)
        {
            throw new EngineException($"conflicting options: {conflict} and the container type network mode");
        }
    }

    private static void CheckMounts(RunOptions options)
    {
        foreach (var mount in options.Mounts)
        {
            // What is set up through /proc must reach the kernel, and what it hides stay hidden (CVE-2019-16884).
            if (mount.Destination == "/proc" || mount.Destination.StartsWith("/proc/", StringComparison.Ordinal))
            {
                throw new EngineException($"mount {mount.Destination}: nothing can be mounted in /proc; choose another place in the container");
            }
        }

        for (var i = 1; i < options.Mounts.Count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (options.Mounts[i].Destination == options.Mounts[j].Destination)
                {
                    throw new EngineException($"two mounts on {options.Mounts[i].Destination}; each place in the container can have one of -v, --mount and --tmpfs");
                }
            }
        }
    }
}
