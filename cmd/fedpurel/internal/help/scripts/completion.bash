# Completion of fedpurel's commands, options and their values in bash:
#   source <(fedpurel completion bash)
_fedpurel() {
    local program=${COMP_WORDS[0]/#\~\//$HOME/} line
    COMPREPLY=()
    while IFS= read -r line; do
        COMPREPLY+=("${line%%$'\t'*}")
    done < <("$program" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o bashdefault -o default -F _fedpurel fedpurel
