using System.Text;
using MyDocker.RuntimeCli.Commands;
using MyDocker.RuntimeCli.Grammar;

namespace MyDocker.RuntimeCli.Printing;

/// <summary>Completions for shells: commands and options from the descriptions that --help prints, ids from "list".</summary>
internal static class CompletionScripts
{
    public static string For(string shell) => shell switch
    {
        "bash" => Bash(),
        "zsh" => "#compdef mydocker-runtime\nautoload -U +X bashcompinit && bashcompinit\n" + Bash(),
        "fish" => Fish(),
        _ => throw new UsageException($"unknown shell \"{shell}\": use bash, zsh or fish"),
    };

    private static bool TakesContainer(Command command)
        => command.Usage.Contains("CONTAINER", StringComparison.Ordinal) && command.Name is not ("create" or "run" or "restore");

    private static string Bash()
    {
        var valued = string.Join('|', GlobalOptions.All.Where(flag => !flag.IsSwitch).Select(flag => $"--{flag.Name}"));
        var text = new StringBuilder("""
            # bash completion for mydocker-runtime, made by 'mydocker-runtime completion bash'
            _mydocker_runtime() {
                local cur=${COMP_WORDS[COMP_CWORD]} command="" i options="" ids="" root=()
                COMPREPLY=()
                for ((i = 1; i < COMP_CWORD; i++)); do
                    case ${COMP_WORDS[i]} in
                        --root) root=(--root "${COMP_WORDS[i + 1]}"); ((i++)) ;;
                        VALUED) ((i++)) ;;
                        -*) ;;
                        *) command=${COMP_WORDS[i]}; break ;;
                    esac
                done
                case $command in

            """.Replace("VALUED", valued, StringComparison.Ordinal));
        text.Append($"        \"\") options=\"{string.Join(' ', CommandList.All.Select(command => command.Name))}\"; [[ $cur == -* ]] && options=\"{Names(GlobalOptions.All)}\" ;;\n");
        foreach (var command in CommandList.All)
        {
            text.Append($"        {command.Name}) ids={(TakesContainer(command) ? "1" : "")}; options=\"{Names([.. command.Flags, GlobalOptions.HelpFlag])}\" ;;\n");
        }

        return text.Append("""
                esac
                if [[ $cur != -* && -n $ids ]]; then
                    options=$(mydocker-runtime "${root[@]}" list -q 2>/dev/null)
                fi
                COMPREPLY=($(compgen -W "$options" -- "$cur"))
                if [[ -z $ids && ${#COMPREPLY[@]} -eq 0 ]]; then
                    COMPREPLY=($(compgen -f -- "$cur"))
                fi
            }
            complete -F _mydocker_runtime mydocker-runtime

            """).ToString();
    }

    private static string Fish()
    {
        const string Each = "complete -c mydocker-runtime";
        var text = new StringBuilder("# fish completion for mydocker-runtime, made by 'mydocker-runtime completion fish'\n");
        foreach (var command in CommandList.All)
        {
            text.Append($"{Each} -f -n __fish_use_subcommand -a {command.Name} -d {Quote(command.Summary)}\n");
            foreach (var flag in command.Flags)
            {
                text.Append($"{Each} -n '__fish_seen_subcommand_from {command.Name}' -l {flag.Name}{(flag.Letter == '\0' ? "" : $" -s {flag.Letter}")}{(flag.IsSwitch ? "" : " -r")} -d {Quote(flag.Text)}\n");
            }

            text.Append(TakesContainer(command) ? $"{Each} -f -n '__fish_seen_subcommand_from {command.Name}' -a '(mydocker-runtime list -q 2>/dev/null)'\n" : "");
        }

        return text.ToString();
    }

    private static string Names(IReadOnlyList<Flag> flags)
        => string.Join(' ', flags.SelectMany(flag => flag.Letter == '\0' ? (string[])[$"--{flag.Name}"] : [$"--{flag.Name}", $"-{flag.Letter}"]));

    private static string Quote(string text) => $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
}
