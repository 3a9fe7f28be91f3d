using MyDocker.Engine.Containers;

namespace MyDocker.Engine.Commands;

/// <summary><c>mydocker port</c>: the ports of a container that the host listens on for it.</summary>
public static class ContainerPorts
{
    /// <summary>The container's name. Nothing is published: containers have addresses (docs/network.md).</summary>
    public static string Find(EngineRoots roots, string container)
    {
        Reconciler.Run(roots);
        return new ContainerStore(roots).Find(container).Name;
    }
}
