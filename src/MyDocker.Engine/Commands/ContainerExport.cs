using MyDocker.Engine.Containers;
using MyDocker.Engine.Events;
using MyDocker.Images.Layers;

namespace MyDocker.Engine.Commands;

/// <summary><c>mydocker export</c>: a container's files as a tar archive, without what is mounted in it.</summary>
public static class ContainerExport
{
    public static void Run(EngineRoots roots, string container, Stream output)
    {
        Reconciler.Run(roots);
        var record = new ContainerStore(roots).Find(container);
        using (var tree = ImageTree.OpenContainer(roots, record))
        {
            TreeArchive.Write(tree, output);
        }

        ContainerEvents.Write(roots, record, "export");
    }
}
