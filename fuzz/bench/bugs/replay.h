// A program that runs what it is given as files, and prints it as a trace, with what broke. A part of harness.c.
/* Ops of another tool, that it broke something by: lines of kind, slot, count, size. */
static void run_ops(FILE *file) {
  struct todo op;
  begin_run();
  if (!start_target()) return;
  while (fscanf(file, "%u %u %lu %lu", &op.kind, &op.slot, &op.count, &op.size) == 4) {
    int lives = op.slot < SLOTS && is_live(op.slot), stale = op.kind == OP_STALE_REALLOC;
    if (op.kind == OP_FAIL_SBRK) os_fail_growth(op.count);
    if (op.kind == OP_FAIL_MMAP) os_fail_mmap(op.count);
    if (op.kind >= OP_STALE_FREE || (op.kind == OP_FREE && !lives) || (op.kind < OP_REALLOC && lives)) continue;
    if (stale && (op.slot != run.stale_slot || !is_stale())) continue;
    if (lives && (op.kind == OP_FREE || op.size == 0)) run.stale_slot = op.slot;
    if (!perform(&op)) return;
  }
  end_run();
}

int main(int count, char **arguments) {
  static u8 data[1 << 20];
  int takes_ops = count > 1 && strcmp(arguments[1], "--ops") == 0;
  prepare();
  arm_process();
  prints = 1;
  for (int i = 1 + takes_ops; i < count; i++) {
    FILE *file = fopen(arguments[i], "rb");
    if (!file) return 2;
    if (takes_ops) run_ops(file);
    else run_input(data, fread(data, 1, sizeof data, file));
    fclose(file);
  }
  return 0;
}
