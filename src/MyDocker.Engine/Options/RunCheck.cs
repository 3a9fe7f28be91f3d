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
    }

    private static void CheckMemory(RunOptions options)
    {
        if (options.OomPause && options.Memory is null)
        {
            throw new EngineException("-k, --oom-pause needs a memory limit to pause at; give one with -m, --memory, such as -m 25m");
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
