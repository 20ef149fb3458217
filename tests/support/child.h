// SPDX-License-Identifier: Apache-2.0
// The test binary started once more, as another process with a job to do.
#ifndef CORDON_TESTS_SUPPORT_CHILD_H_
#define CORDON_TESTS_SUPPORT_CHILD_H_

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace cordon_test {

class Child {
 public:
  // Runs this binary with `arguments`; its standard output is read with Line().
  explicit Child(std::vector<std::string> arguments) {
    int ends[2];
    if (pipe(ends) != 0) throw std::runtime_error("pipe");
    arguments.insert(arguments.begin(), "child");
    std::vector<char*> raw;
    for (std::string& argument : arguments) raw.push_back(argument.data());
    raw.push_back(nullptr);
    pid_ = fork();
    if (pid_ == 0) {
      dup2(ends[1], STDOUT_FILENO);
      close(ends[0]);
      close(ends[1]);
      execv("/proc/self/exe", raw.data());
      _exit(127);
    }
    close(ends[1]);
    from_ = ends[0];
  }
  ~Child() {
    Kill();
    (void)Wait();
    close(from_);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // The next line that the child has written; false at the end.
  bool Line(std::string* line) {
    line->clear();
    char c = 0;
    while (read(from_, &c, 1) == 1) {
      if (c == '\n') return true;
      *line += c;
    }
    return false;
  }
  void Kill() const {
    if (pid_ > 0) kill(pid_, SIGKILL);
  }
  // As waitpid() gives it.
  int Wait() {
    if (pid_ > 0) waitpid(pid_, &state_, 0);
    pid_ = -1;
    return state_;
  }

 private:
  pid_t pid_ = -1;
  int from_ = -1;
  int state_ = 0;
};

// Says something to the parent, at once and unbuffered.
inline void Say(const std::string& text) {
  const std::string line = text + "\n";
  if (write(STDOUT_FILENO, line.data(), line.size()) < 0) _exit(126);
}

}  // namespace cordon_test

#endif  // CORDON_TESTS_SUPPORT_CHILD_H_
