namespace MyDocker.Networks;

/// <summary>One thing that a plan does, in the order in which it does them.</summary>
internal enum NetworkStep
{
    // In the network namespace of the container.
    SettleContainerIPv6,
    CreatePair,
    AliasContainerEnd,
    LoopbackUp,
    AddContainerAddress,
    AddRouteToHost,

    // On the host.
    SettleHostIPv6,
    PlugIntoBridge,
    HostEndUp,
    AddHostAddress,
    AddRouteToContainer,

    // In the container again.
    AwaitCarrier,
}
