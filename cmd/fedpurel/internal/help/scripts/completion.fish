# Completion of fedpurel's commands, options and their values in fish:
#   fedpurel completion fish | source
function __fedpurel_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    set -l found ($words[1] __complete $words[2..-1] "$word" 2>/dev/null)
    if set -q found[1]
        printf '%s\n' $found
    else
        __fish_complete_path "$word"
    end
end
complete -c fedpurel -f -a '(__fedpurel_complete)'
