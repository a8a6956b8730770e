# Whether a library keeps the instructions of newer CPUs where they are asked for by name. A template of the
# standard library compiled beside such code would be shared with all other code, and end it on an old CPU.

# The archive's functions outside the paths of newer CPUs that have an instruction older ones lack. Says how many
# functions it looked at, and fails when it finds such a one, or none where there must be some.
no_newer_code() { # ARCHIVE OBJDUMP
  "$2" -dC --no-show-raw-insn --no-addresses "$1" | awk '
    /^[^ ].*file format / {
      arm = /aarch64/
      file = $1
    }
    /^<.*>:$/ {
      name = $0
      functions++
      path = ""
      if (match(name, /haypile::encoder::(avx2|avxvnni|avx512vnni|neondot|neoni8mm)::/)) {
        path = substr(name, RSTART, RLENGTH)
      } else if (file ~ /^kernels_avx(2|512)\.cc/ && name ~ /haypile::\(anonymous namespace\)::/) {
        path = file
      }
      next
    }
    # AVX, AVX-512 and FMA all begin with v; on ARM: products of bytes and the atomics of ARMv8.1.
    { newer = arm ? $1 ~ /^([su]+dot|[us]+mmla|(ld|st)(add|clr|set|eor|smax|smin|umax|umin)[alb]*|(cas|swp)[alb]*)$/ \
                  : $1 ~ /^v[a-z]/ || /%[yz]mm/ }
    newer && path != "" { found[path]++ }
    newer && path == "" && !(name in told) {
      told[name] = 1
      print file " " name " " $0
      bad++
    }
    END {
      for (path in found) paths++
      printf "%d functions, %d of them with code of newer CPUs that must not; %d places that may\n", \
        functions, bad, paths
      exit functions > 100 && !bad && paths >= 2 ? 0 : 1
    }'
}
