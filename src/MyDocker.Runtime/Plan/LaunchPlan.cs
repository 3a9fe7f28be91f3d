using System.Text;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Runtime.Launch;

namespace MyDocker.Runtime.Plan;

/// <summary>When a step of the parent runs.</summary>
public enum HostPhase
{
    /// <summary>Before the child exists.</summary>
    BeforeClone,

    /// <summary>The child exists and waits; its namespaces can be reached by its pid.</summary>
    AfterClone,

    /// <summary>Descriptors are handed over and the child mounts; this runs beside it, and before it may execute.</summary>
    BesideChild,
}

/// <summary>What the launcher knows about the child while it runs the parent's steps.</summary>
public sealed class LaunchState(int pid) : IDisposable
{
    private Fd? _network;
    private Fd? _user;

    public int Pid { get; } = pid;

    /// <summary>/proc/PID/ns/user, opened once on first use.</summary>
    public Fd UserNamespace => _user ??= Files.Open($"/proc/{Pid}/ns/user", OpenFlags.O_RDONLY);

    /// <summary>/proc/PID/ns/net, opened once on first use.</summary>
    public Fd NetworkNamespace => _network ??= Files.Open($"/proc/{Pid}/ns/net", OpenFlags.O_RDONLY);

    public void Dispose()
    {
        _network?.Dispose();
        _user?.Dispose();
    }
}

/// <summary>One step of the parent.</summary>
/// <param name="Details">what it consists of, line by line, for <c>--explain</c>; null: its text says it all.</param>
public sealed record HostStep(HostPhase Phase, StepText Text, Action<LaunchState> Run, Func<IEnumerable<string>>? Details);

/// <summary>A descriptor that the parent opens for the child.</summary>
/// <param name="AfterClone">true: opened when the child's namespaces exist and sent over; false: opened before the clone and inherited.</param>
public sealed record Handover(StepText Text, bool AfterClone, Func<LaunchState, Fd> Open, Cell Cell);

/// <summary>What the parent does, when the child asks for it, with a descriptor of the child's.</summary>
/// <param name="Step">of the child, in which it waits for it.</param>
public sealed record ChildRequest(int Step, StepText Text, Action<LaunchState, Fd> Run);

/// <summary>
/// Everything that will be done to start one container, in order: steps of the parent, and the program of system calls of
/// the child. Made by <see cref="LaunchPlanner"/> without touching anything; printed by <c>--explain</c>; run by the launcher.
/// </summary>
public sealed unsafe class LaunchPlan : IDisposable
{
    /// <summary>SCM_MAX_FD of the kernel: descriptors in one message.</summary>
    private const int MostDescriptors = 253;
    private const int ControlHeader = 16;

    private readonly byte* _control;
    private int _handedOver;
    private List<ChildRequest>? _requests;

    public LaunchPlan()
    {
        Child = new SyscallProgram();
        Builder = new ChildBuilder(Child);
        _control = Child.Arena.Alloc(ControlHeader + (MostDescriptors * sizeof(int)));
        ChildSocket = Child.NewCell();
        ParentSocket = Child.NewCell();
        Status = Child.NewCell();
    }

    public SyscallProgram Child { get; }

    public ChildBuilder Builder { get; }

    /// <summary>Flags for clone3(2).</summary>
    public ulong CloneFlags { get; set; }

    /// <summary>The cloned child joins namespaces and clones itself again; the launcher goes on with the second one.</summary>
    public bool IsBornTwice { get; set; }

    /// <summary>Where the launching process, and so the child at first, works; null: where it is.</summary>
    public string? Directory { get; set; }

    /// <summary>The running container that the child enters; null: it begins one.</summary>
    public ContainerEntrance? Entrance { get; init; }

    /// <summary>The child's filter has a listener, which it tells of before it executes and after its start.</summary>
    public bool HasListener { get; set; }

    /// <summary>Runs hooks when the child stops for them; null: it does not stop.</summary>
    public Action<LaunchState>? AtHooks { get; set; }

    /// <summary>Opens the v2 cgroup that the child is born in; null: it joins by steps of its own.</summary>
    public Func<Fd>? BirthCgroup { get; set; }

    /// <summary>Steps of the parent, in order.</summary>
    public List<HostStep> HostSteps { get; } = [];

    public List<Handover> Handovers { get; } = [];

    /// <summary>What the child asks for while it mounts, in this order.</summary>
    public List<ChildRequest> Requests => _requests ??= [];

    public bool HasRequests => _requests is not null;

    /// <summary>The child's and the parent's end of the socket between them; set by the launcher.</summary>
    public Cell ChildSocket { get; }
    public Cell ParentSocket { get; }

    /// <summary>The write end of the child's status pipe; set by the launcher.</summary>
    public Cell Status { get; }

    /// <summary>What stays open where the child closes all others; the launcher tells the numbers.</summary>
    internal List<KeptDescriptors> Kept { get; } = [];

    /// <summary>The command keeps all descriptors below this; the launcher's own lie above.</summary>
    public int FirstOwnDescriptor { get; init; } = 3;

    /// <summary>First step that executes the command; a failure there is the command's, not the engine's.</summary>
    public int ExecStep { get; set; } = int.MaxValue;

    /// <summary>First step after the wait at the start socket.</summary>
    public int StartStep { get; set; }

    /// <summary>Steps that look the command up before the container is called created: a failure there is the command's.</summary>
    public Range LookupSteps { get; set; }

    /// <summary>Steps of the child, and descriptors that the parent opens, for the mounts of config.json.</summary>
    internal Range MountSteps { get; set; }
    internal Range MountHandovers { get; set; }

    internal bool IsOfMounts(int step) => step >= MountSteps.Start.Value && step < MountSteps.End.Value;

    internal bool IsOfMounts(Handover handover) => Handovers.IndexOf(handover) is var index && index >= MountHandovers.Start.Value && index < MountHandovers.End.Value;

    /// <summary>Whether a failure of this step is the command's own, not the engine's.</summary>
    public bool IsOfCommand(int step) => step >= ExecStep || (step >= LookupSteps.Start.Value && step < LookupSteps.End.Value);

    /// <summary>Where mounts are, while they are planned.</summary>
    internal MountPlaces Places { get; set; } = null!;

    /// <summary>User namespaces for mounts with mappings of their own.</summary>
    internal MappingNamespaces Mappings { get; } = new();

    /// <summary>The container's own procfs and devpts, for steps that must not go by a path.</summary>
    public Cell? ProcMount { get; set; }
    public Cell? TerminalMount { get; set; }

    /// <summary>The slave end of the container's terminal.</summary>
    public Cell? TerminalSlave { get; set; }

    /// <summary>An empty read-only directory for masked ones.</summary>
    public Cell? EmptyDirectory { get; set; }

    /// <summary>The child opens a terminal and sends its master end before it is ready.</summary>
    public bool SendsTerminal { get; set; }

    /// <summary>The child closes every descriptor that neither the command is to keep nor these are.</summary>
    internal void CloseAllBut(params ReadOnlySpan<Cell> kept)
    {
        Kept.Add(new KeptDescriptors(Child, kept));
        Kept[^1].AddClose(Child);
    }

    public void Host(HostPhase phase, string operation, string target, Action<LaunchState> run, Func<IEnumerable<string>>? details = null)
        => HostSteps.Add(new HostStep(phase, new StepText(operation, target), run, details));

    /// <summary>A descriptor that is opened before the clone and inherited.</summary>
    public Cell Inherit(string operation, string target, Func<Fd> open)
    {
        var cell = Child.NewCell();
        Inherit(operation, target, open, cell);
        return cell;
    }

    /// <summary>The same for a cell that is part of something.</summary>
    public void Inherit(string operation, string target, Func<Fd> open, Cell cell)
        => Handovers.Add(new Handover(new StepText(operation, target), AfterClone: false, _ => open(), cell));

    /// <summary>A descriptor that can only be opened once the child's namespaces exist; sent over the socket.</summary>
    public Cell HandOver(string operation, string target, Func<LaunchState, Fd> open)
    {
        if (_handedOver == MostDescriptors)
        {
            throw new InvalidOperationException($"a container can have at most {MostDescriptors} mapped mounts");
        }

        var cell = SyscallProgram.CellAt(_control + ControlHeader + (_handedOver++ * sizeof(int)));
        Handovers.Add(new Handover(new StepText(operation, target), AfterClone: true, open, cell));
        return cell;
    }

    /// <summary>Address and size of the control buffer into which the handed-over descriptors are received.</summary>
    internal byte* Control => _control;
    internal int ControlSize => ControlHeader + (MostDescriptors * sizeof(int));

    /// <summary>The plan as text, one numbered step per line: what <c>--explain</c> prints.</summary>
    public string Describe()
    {
        var text = new StringBuilder();
        var line = 0;
        void Add(string side, StepText step) => text.Append($"{++line,4}  {side}  {step}\n");
        void Parent(HostPhase phase)
        {
            foreach (var step in HostSteps.Where(step => step.Phase == phase))
            {
                Add("parent", step.Text);
                foreach (var detail in step.Details?.Invoke() ?? [])
                {
                    text.Append($"              - {detail}\n");
                }
            }
        }

        Parent(HostPhase.BeforeClone);
        foreach (var handover in Handovers.Where(handover => !handover.AfterClone))
        {
            Add("parent", handover.Text);
        }

        Add("parent", new StepText("clone3", CloneFlagNames.Describe(CloneFlags)));
        Parent(HostPhase.AfterClone);
        foreach (var handover in Handovers.Where(handover => handover.AfterClone))
        {
            Add("parent", handover.Text);
        }

        Parent(HostPhase.BesideChild);
        for (var i = 0; i < Child.Count; i++)
        {
            Add("child ", Child.TextOf(i));
        }

        return text.ToString();
    }

    public void Dispose()
    {
        Mappings.Dispose();
        Child.Dispose();
    }
}
