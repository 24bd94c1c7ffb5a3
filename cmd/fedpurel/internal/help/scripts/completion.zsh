#compdef fedpurel
# Completion of fedpurel's commands, options and their values in zsh:
#   source <(fedpurel completion zsh)
_fedpurel() {
    local -a found
    found=("${(@f)$(${~words[1]} __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
    if [[ -z ${found[1]} ]]; then
        _files
        return
    fi
    found=("${(@)found//:/\\:}")
    found=("${(@)found//$'\t'/:}")
    _describe fedpurel found
}
if [[ ${funcstack[1]} == _fedpurel ]]; then
    _fedpurel "$@"
else
    compdef _fedpurel fedpurel
fi
