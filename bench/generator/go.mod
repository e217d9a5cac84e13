module holdfast.dev/bench/generator

go 1.19
