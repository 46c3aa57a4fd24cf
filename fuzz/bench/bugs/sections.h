// Included before the target's own text: its variables lie in sections of their own, which harness.c copies.
#pragma clang section bss = "target_bss" data = "target_data"
