// The program. cli/ has a file per verb; cli/serve.cc builds every part of the running engine and connects it.
#include "engine/cli/verbs.h"

int main(int argc, char** argv) { return hookswitch::cli::main(argc, argv); }
