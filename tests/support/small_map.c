// Preloaded into the engine: its stores begin with a small map, so that they grow all the time, and it is killed in the
// middle of growing, if that is wanted. HOOKSWITCH_SMALL_MAP says how: "<bytes of the first maps> <which growth>
// <when>", where `when` is `before` or `after` the map is another one, or a number of microseconds after that.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <lmdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t first_bytes;
static int deadly_growth;
static char when[16];
static atomic_int growths;

// Children of the engine start as always.
__attribute__((constructor)) static void read_wish(void) {
  const char* wish = getenv("HOOKSWITCH_SMALL_MAP");
  if (wish == NULL || sscanf(wish, "%zu %d %15s", &first_bytes, &deadly_growth, when) != 3) first_bytes = 0;
  unsetenv("LD_PRELOAD");
}

static void die(void) { kill(getpid(), SIGKILL); }

static void* die_soon(void* us) {
  usleep((useconds_t)(size_t)us);
  die();
  return NULL;
}

int mdb_env_set_mapsize(MDB_env* env, size_t bytes) {
  int (*real)(MDB_env*, size_t) =
      (__extension__(__typeof__(&mdb_env_set_mapsize)) dlsym(RTLD_NEXT, "mdb_env_set_mapsize"));
  if (first_bytes == 0) return real(env, bytes);
  mdb_filehandle_t file = -1;
  mdb_env_get_fd(env, &file);
  if (file < 0) return real(env, first_bytes);  // not opened yet
  const int deadly = atomic_fetch_add(&growths, 1) + 1 == deadly_growth;
  if (deadly && strcmp(when, "before") == 0) die();
  const int done = real(env, bytes);
  if (deadly && strcmp(when, "after") == 0) die();
  pthread_t thread;
  if (deadly) pthread_create(&thread, NULL, die_soon, (void*)(size_t)atol(when));
  return done;
}
