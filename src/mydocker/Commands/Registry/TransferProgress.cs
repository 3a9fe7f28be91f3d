using MyDocker.Cli.Printing;
using MyDocker.Images.Registry;
using Spectre.Console;

namespace MyDocker.Cli.Commands.Registry;

/// <summary>Shows the layers of a pull or push: a bar each on a terminal, a line for each step elsewhere.</summary>
internal static class TransferProgress
{
    public static T Show<T>(Func<Action<TransferEvent>, Action<string>, T> work)
        => Out.IsTerminal ? Bars(work) : work(new Lines().Report, Out.Error);

    private static string Text(TransferPhase phase) => phase switch
    {
        TransferPhase.Waiting => "Waiting",
        TransferPhase.Exists => "Already exists",
        TransferPhase.Downloading => "Downloading",
        TransferPhase.Unpacking => "Extracting",
        TransferPhase.Pulled => "Pull complete",
        TransferPhase.Preparing => "Preparing",
        TransferPhase.Uploading => "Pushing",
        TransferPhase.Pushed => "Pushed",
        _ => "Mounted from another repository",
    };

    private static string Short(string layer) => layer[..Human.ShortId];

    /// <summary>One line for each layer and step, as docker prints them.</summary>
    private sealed class Lines
    {
        private readonly Dictionary<string, TransferPhase> _phases = [];

        public void Report(TransferEvent step)
        {
            lock (_phases)
            {
                if (_phases.TryGetValue(step.Layer, out var last) && last == step.Phase)
                {
                    return;
                }

                _phases[step.Layer] = step.Phase;
                Out.Line($"{Short(step.Layer)}: {Text(step.Phase)}");
            }
        }
    }

    private static T Bars<T>(Func<Action<TransferEvent>, Action<string>, T> work)
    {
        T result = default!;
        AnsiConsole.Progress()
            .AutoClear(false)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new DownloadedColumn(), new TransferSpeedColumn())
            .Start(context => result = work(new Rows(context).Report, text => AnsiConsole.MarkupLineInterpolated($"mydocker: {Out.Printable(text)}")));
        return result;
    }

    /// <summary>One bar for each layer.</summary>
    private sealed class Rows(ProgressContext context)
    {
        private readonly Dictionary<string, ProgressTask> _tasks = [];

        public void Report(TransferEvent step)
        {
            lock (_tasks)
            {
                if (!_tasks.TryGetValue(step.Layer, out var task))
                {
                    _tasks[step.Layer] = task = context.AddTask(Short(step.Layer), maxValue: Math.Max(1, step.Total));
                }

                task.Description = $"{Short(step.Layer)} {Text(step.Phase)}";
                task.Value = step.Phase is TransferPhase.Downloading or TransferPhase.Uploading or TransferPhase.Waiting or TransferPhase.Preparing ? step.Done : task.MaxValue;
                if (step.Phase is TransferPhase.Pulled or TransferPhase.Exists or TransferPhase.Pushed or TransferPhase.Mounted)
                {
                    task.StopTask();
                }
            }
        }
    }
}
