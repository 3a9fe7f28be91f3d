using System.Text;
using MyDocker.Cli.Grammar;
using MyDocker.Engine;
using MyDocker.Engine.Options;

namespace MyDocker.Cli.Printing;

/// <summary>Completions for shells: commands and options from the descriptions that --help prints, names from the engine.</summary>
internal static class CompletionScripts
{
    public static string For(string shell) => shell switch
    {
        "bash" => Bash(),
        "zsh" => "#compdef mydocker\nautoload -U +X bashcompinit && bashcompinit\n" + Bash(),
        "fish" => Fish(),
        _ => throw new OptionException("SHELL", shell, "use bash, zsh or fish"),
    };

    /// <summary>What a verb's arguments name: containers, images, volumes, or nothing that could be listed.</summary>
    internal static string ListOf(string words, Verb verb)
        => words.StartsWith("volume", StringComparison.Ordinal) ? verb.Usage.Contains("VOLUME", StringComparison.Ordinal) ? "volumes" : ""
            : verb.Usage.Contains("CONTAINER", StringComparison.Ordinal) ? "containers"
            : verb.Usage.Contains("IMAGE", StringComparison.Ordinal) || verb.Usage.Contains("NAME[:TAG]", StringComparison.Ordinal) ? "images" : "";

    private static string Bash()
    {
        var text = new StringBuilder("""
            # bash completion for mydocker, made by 'mydocker completion bash'
            _mydocker_list() {
                case $1 in
                    containers) mydocker ps -a --format '{{.Names}}' 2>/dev/null ;;
                    images) mydocker images 2>/dev/null | awk 'NR > 1 { print $1 ":" $2 }' ;;
                    volumes) mydocker volume ls -q 2>/dev/null ;;
                esac
            }
            _mydocker() {
                local cur=${COMP_WORDS[COMP_CWORD]} words="" i options="" list=""
                COMPREPLY=()
                for ((i = 1; i < COMP_CWORD; i++)); do
                    case ${COMP_WORDS[i]} in
                        --root|--state|--log-level) ((i++)) ;;
                        -*) ;;
                        *) words=${COMP_WORDS[i]}
                           case $words in NOUNS) [ $((i + 1)) -lt $COMP_CWORD ] && words="$words ${COMP_WORDS[i+1]}" ;; esac
                           break ;;
                    esac
                done
                case $words in

            """.Replace("NOUNS", string.Join('|', Verbs.Nouns), StringComparison.Ordinal));
        text.Append($"        \"\") options=\"{string.Join(' ', (string[])[.. Verbs.Names, .. Verbs.Nouns])}\"; [[ $cur == -* ]] && options=\"{Names(GlobalOptions.All)}\" ;;\n");
        foreach (var noun in Verbs.Nouns)
        {
            text.Append($"        {noun}) options=\"{string.Join(' ', Verbs.NamesOf(noun))}\" ;;\n");
        }

        foreach (var (words, verb) in Verbs.Everything())
        {
            text.Append($"        \"{words}\") list={ListOf(words, verb)}; options=\"{Names(verb.Options)} --help\" ;;\n");
        }

        return text.Append("""
                esac
                if [[ $cur != -* && -n $list ]]; then
                    options=$(_mydocker_list $list)
                fi
                COMPREPLY=($(compgen -W "$options" -- "$cur"))
                if [[ -z $list && ${#COMPREPLY[@]} -eq 0 ]]; then
                    COMPREPLY=($(compgen -f -- "$cur"))
                fi
            }
            complete -F _mydocker mydocker

            """).ToString();
    }

    private static string Fish()
    {
        var text = new StringBuilder("""
            # fish completion for mydocker, made by 'mydocker completion fish'
            complete -c mydocker -f

            """);
        foreach (var name in (string[])[.. Verbs.Names, .. Verbs.Nouns])
        {
            var summary = Verbs.Find(name)?.Summary ?? $"Manage {name}s";
            text.Append($"complete -c mydocker -n __fish_use_subcommand -a {name} -d {Quote(summary)}\n");
        }

        foreach (var noun in Verbs.Nouns)
        {
            text.Append($"complete -c mydocker -n '__fish_seen_subcommand_from {noun}; and test (count (commandline -opc)) -eq 2' -a {Quote(string.Join(' ', Verbs.NamesOf(noun)))}\n");
        }

        foreach (var (words, verb) in Verbs.Everything())
        {
            var condition = Quote(string.Join("; and ", words.Split(' ').Select(word => $"__fish_seen_subcommand_from {word}")));
            foreach (var option in verb.Options)
            {
                text.Append($"complete -c mydocker -n {condition} -l {option.Name}{(option.Short == '\0' ? "" : $" -s {option.Short}")}{(option.IsFlag ? "" : " -r")} -d {Quote(option.Text)}\n");
            }

            var list = ListOf(words, verb) switch
            {
                "containers" => "(mydocker ps -a --format \"{{.Names}}\" 2>/dev/null)",
                "images" => "(mydocker images 2>/dev/null | awk \"NR > 1 { print \\$1 \\\":\\\" \\$2 }\")",
                "volumes" => "(mydocker volume ls -q 2>/dev/null)",
                _ => null,
            };
            text.Append(list is null ? "" : $"complete -c mydocker -n {condition} -a {Quote(list)}\n");
        }

        return text.ToString();
    }

    private static string Names(OptionSpec[] options)
        => string.Join(' ', options.SelectMany(option => option.Short == '\0' ? (string[])[$"--{option.Name}"] : [$"--{option.Name}", $"-{option.Short}"]));

    private static string Quote(string text) => $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
}
