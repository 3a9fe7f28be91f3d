using MyDocker.Kernel.Netlink;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Networks;

/// <summary>
/// Carries out one plan:
/// 1. go into the namespace of the container, open a socket there, come back;
/// 2. one datagram there: make the pair, configure eth0, and ask for the index of the host's end;
/// 3. one datagram on the host, by that index: it starts only if the pair is known to be ours, so no step can hit a
///    stranger's link of the same name;
/// 4. a look at eth0, which makes the kernel finish what it does with it later on its own.
/// </summary>
internal sealed class NetworkRun(NetworkPlan plan)
{
    private int _homeFd;
    private int _hostIndex;

    public void Run(NetlinkSocket? host, int netnsFd)
    {
        using var home = NetworkNamespace.Current();
        _homeFd = home.Number;
        using var inside = NetworkNamespace.Visit(netnsFd, home, () =>
        {
            SettleContainerIPv6();
            return NetlinkSocket.Open();
        });

        RunInContainer(inside);
        if (plan.InContainer == plan.Steps.Length)
        {
            return;
        }

        try
        {
            RunOnHost(host ?? throw new ArgumentNullException(nameof(host)));
            AwaitCarrier(inside);
        }
        catch
        {
            RemovePair(inside);
            throw;
        }
    }

    private void RunInContainer(NetlinkSocket inside)
    {
        Span<byte> stepOf = stackalloc byte[16];
        Write(inside.Begin(), 0, plan.InContainer, stepOf);
        if (!inside.TryExecute(out var failure, (_, message) => _hostIndex = Links.Parse(message)?.Peer ?? _hostIndex))
        {
            var step = stepOf[failure.Request];
            if (Array.IndexOf(plan.Steps, NetworkStep.CreatePair) is var create and >= 0 && step > create)
            {
                RemovePair(inside);
            }

            throw Failed(step, failure.Errno, failure.KernelText);
        }
    }

    private void RunOnHost(NetlinkSocket host)
    {
        SettleHostIPv6();
        Span<byte> stepOf = stackalloc byte[16];
        Write(host.Begin(), plan.InContainer, plan.Steps.Length, stepOf);
        if (!host.TryExecute(out var failure))
        {
            throw Failed(stepOf[failure.Request], failure.Errno, failure.KernelText);
        }
    }

    /// <summary>Writes the requests of the steps, and notes for each request its step.</summary>
    private void Write(NetlinkBatch batch, int from, int to, Span<byte> stepOf)
    {
        for (var i = from; i < to; i++)
        {
            var first = batch.Count;
            Write(batch, plan.Steps[i]);
            stepOf[first..batch.Count].Fill((byte)i);
        }
    }

    private void Write(NetlinkBatch batch, NetworkStep step)
    {
        const int Inside = NetworkPlan.ContainerIndex;
        switch (step)
        {
            case NetworkStep.CreatePair:
                Links.CreateVeth(
                    batch,
                    new VethEnd(ContainerLink.ContainerEnd, Inside, Mac: plan.ContainerMac, Mtu: plan.Network.Mtu, Up: true),
                    new VethEnd(plan.HostEnd!, NetnsFd: _homeFd, Mac: plan.HostMac, Mtu: plan.Network.Mtu));
                Links.Get(batch, Inside);
                break;
            case NetworkStep.AliasContainerEnd: Links.SetAlias(batch, Inside, plan.Alias); break;
            case NetworkStep.LoopbackUp: Links.SetUp(batch, Links.LoopbackIndex); break;
            case NetworkStep.AddContainerAddress:
                var address = plan.Address;
                Addresses.Add(batch, Inside, address.Address, address.PrefixLength, !address.IsIPv6 && address.PrefixLength <= 30 ? address.Last : null);
                break;
            case NetworkStep.AddRouteToHost: Routes.Add(batch, plan.HostAddress, plan.Address.Bits, Inside); break;
            case NetworkStep.PlugIntoBridge: Links.SetMaster(batch, _hostIndex, plan.Network.BridgeIndex); break;
            case NetworkStep.HostEndUp:
                Links.SetUp(batch, _hostIndex, alias: plan.Alias);
                if (plan.Network.BridgeIndex != 0)
                {
                    // The first port gives the bridge itself a carrier; as with eth0 (AwaitCarrier), asking makes it count.
                    Links.Get(batch, plan.Network.BridgeIndex);
                }

                break;
            case NetworkStep.AddHostAddress: Addresses.Add(batch, _hostIndex, plan.HostAddress, plan.Address.Bits); break;
            case NetworkStep.AddRouteToContainer: Routes.Add(batch, plan.Address.Address, plan.Address.Bits, _hostIndex, source: plan.HostAddress); break;
            case NetworkStep.SettleContainerIPv6 or NetworkStep.SettleHostIPv6: break; // a sysctl, written before
            case NetworkStep.AwaitCarrier: break; // asked for afterwards
        }
    }

    /// <summary>Written as the default of the namespace, before eth0 is there: it never has IPv6 for even a moment.</summary>
    private void SettleContainerIPv6()
    {
        var step = Array.IndexOf(plan.Steps, NetworkStep.SettleContainerIPv6);
        if (step >= 0)
        {
            SettleIPv6("default", plan.Address.IsIPv6, step);
        }
    }

    private void SettleHostIPv6() => SettleIPv6(plan.HostEnd!, plan.HostEndNeedsIPv6, Array.IndexOf(plan.Steps, NetworkStep.SettleHostIPv6));

    private void SettleIPv6(string link, bool on, int step)
    {
        var errno = Files.TryWriteExisting($"/proc/sys/net/ipv6/conf/{link}/disable_ipv6", on ? "0" : "1");
        if (errno == Errno.None && on)
        {
            errno = Files.TryWriteExisting($"/proc/sys/net/ipv6/conf/{link}/accept_ra", "0");
        }

        // ENOENT: a kernel without IPv6, where there is nothing to turn off.
        if (errno != Errno.None && (errno != Errno.ENOENT || on))
        {
            throw Failed(step, errno, null);
        }
    }

    /// <summary>
    /// eth0 was up before the host's end, so its carrier is taken note of later by a work queue. A container that sends at
    /// once would lose its first packet to that now and then, and wait a second for ARP to ask again. Since 6.8 the
    /// question itself makes the kernel catch up; older ones are asked again, for 50 ms at most.
    /// </summary>
    private static unsafe void AwaitCarrier(NetlinkSocket inside)
    {
        var pause = stackalloc long[2] { 0, 500_000 };
        for (var tries = 0; tries < 100 && Links.Find(inside, NetworkPlan.ContainerIndex) is { IsOperational: false }; tries++)
        {
            Syscall.Invoke(Nr.nanosleep, (nint)pause);
        }
    }

    /// <summary>Takes the pair away again after a failure; what cannot be removed goes with the container's namespace.</summary>
    private static void RemovePair(NetlinkSocket inside)
    {
        Links.Delete(inside.Begin(), NetworkPlan.ContainerIndex);
        inside.TryExecute(out _);
    }

    private NetworkException Failed(int step, Errno errno, string? kernelText)
    {
        var cause = new NetlinkException(plan.Describe(plan.Steps[step]), errno, kernelText);
        var hint = Hint(plan.Steps[step], errno);
        return new NetworkException($"network step {step + 1}: {cause.Message}{(hint is null ? "" : $"; {hint}")}", cause);
    }

    private string? Hint(NetworkStep step, Errno errno) => (step, errno) switch
    {
        (_, Errno.EPERM) => "needs root (CAP_NET_ADMIN)",
        (NetworkStep.CreatePair, Errno.EEXIST) => $"a link of that name is there already; see: ip link show {plan.HostEnd}",
        (NetworkStep.CreatePair, Errno.EOPNOTSUPP) => "this kernel has no veth; load it: modprobe veth",
        (NetworkStep.PlugIntoBridge, Errno.ENODEV or Errno.EINVAL) => $"bridge {plan.Network.Request.Bridge} has gone meanwhile; create it: ip link add {plan.Network.Request.Bridge} type bridge",
        (NetworkStep.PlugIntoBridge, Errno.EXFULL or Errno.EBUSY) => "a bridge takes 1,023 ports; use another",
        (NetworkStep.AddRouteToContainer, Errno.EEXIST) => "another container or program took the address at this moment; choose another",
        (NetworkStep.SettleContainerIPv6 or NetworkStep.SettleHostIPv6, Errno.EROFS) => "mount /proc/sys writable",
        _ => null,
    };
}
