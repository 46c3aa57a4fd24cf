// The native driver, one translation unit: its names stay its own, but for the system calls that it
// stands in for and `main`.
#include "os.c"
#include "calls.c"
#include "payload.c"
#include "walk.c"
#include "run.c"
#include "snapshot.c"
#include "runner.c"
#include "death.c"
#include "server.c"
#include "main.c"
