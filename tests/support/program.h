// SPDX-License-Identifier: Apache-2.0
// Another program, run to its end.
#ifndef CORDON_TESTS_SUPPORT_PROGRAM_H_
#define CORDON_TESTS_SUPPORT_PROGRAM_H_

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "support/scratch.h"

namespace cordon_test {

struct Finished {
  int exit_code = -1;  // -1: ended by a signal
  std::string out;
  std::string err;
};

// Standard output goes to `out_to` when it is given, and is not returned then; standard input comes
// from `in_from`.
inline Finished RunProgram(const std::string& program, std::vector<std::string> arguments,
                           const std::string& out_to = "",
                           const std::string& in_from = "/dev/null") {
  const ScratchDirectory scratch;
  const std::string out = out_to.empty() ? scratch.File("out") : out_to;
  const std::string err = scratch.File("err");
  arguments.insert(arguments.begin(), program);
  std::vector<char*> raw;
  for (std::string& argument : arguments) raw.push_back(argument.data());
  raw.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    const int out_file = open(out.c_str(), O_WRONLY | O_CREAT, 0600);
    const int err_file = open(err.c_str(), O_WRONLY | O_CREAT, 0600);
    const int in_file = open(in_from.c_str(), O_RDONLY);
    if (dup2(in_file, 0) < 0 || dup2(out_file, 1) < 0 || dup2(err_file, 2) < 0) _exit(126);
    execvp(raw[0], raw.data());
    _exit(127);
  }
  Finished finished;
  int state = 0;
  if (waitpid(child, &state, 0) == child && WIFEXITED(state)) {
    finished.exit_code = WEXITSTATUS(state);
  }
  const auto content = [](const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  if (out_to.empty()) finished.out = content(out);
  finished.err = content(err);
  return finished;
}

}  // namespace cordon_test

#endif  // CORDON_TESTS_SUPPORT_PROGRAM_H_
