// SPDX-License-Identifier: Apache-2.0
// A PostgreSQL server of a test binary's own, in a scratch directory. A process beside the test
// stops the server and removes its directory when the test ends, however that happens.
#ifndef CORDON_TESTS_SUPPORT_POSTGRES_SERVER_H_
#define CORDON_TESTS_SUPPORT_POSTGRES_SERVER_H_

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace cordon_test {

class PostgresServer {
 public:
  // Where Debian puts the server, or what CORDON_POSTGRES_BIN says; empty when there is none.
  static std::string Binaries() {
    const char* const told = std::getenv("CORDON_POSTGRES_BIN");
    const std::string path = told != nullptr ? told : "/usr/lib/postgresql/15/bin";
    return access((path + "/initdb").c_str(), X_OK) == 0 ? path : "";
  }

  // The one of this binary, started when it is first asked for. Its superuser is "postgres".
  static PostgresServer& Get() {
    static PostgresServer server;
    return server;
  }

  // With the server's own superuser and database, unless told otherwise.
  [[nodiscard]] std::string Conninfo(const std::string& database = "postgres") const {
    return HostAndPort() + " dbname=" + database;
  }
  [[nodiscard]] std::string HostAndPort() const {
    return "host=" + directory_ + " port=" + std::to_string(port_);
  }
  // Through TCP, where TLS would be spoken.
  [[nodiscard]] std::string TcpConninfo(const std::string& database = "postgres") const {
    return "host=127.0.0.1 port=" + std::to_string(port_) + " dbname=" + database;
  }

  void Stop() { Tell('S'); }
  void Start() {
    Tell('G');
    AwaitReady();
  }

  // As the superuser, past all of Cordon: the rows' columns joined with '|'. Throws on an error.
  std::vector<std::string> Sql(const std::string& sql, const std::string& database = "postgres",
                               const std::string& role = "postgres") const {
    PGconn* const conn =
        PQconnectdb((Conninfo(database) + " user=" + role + " connect_timeout=10").c_str());
    PQsetNoticeReceiver(
        conn, [](void*, const PGresult*) {}, nullptr);
    PGresult* const result = PQexec(conn, sql.c_str());
    const ExecStatusType status = PQresultStatus(result);
    std::vector<std::string> rows;
    for (int row = 0; row < PQntuples(result); ++row) {
      std::string line;
      for (int column = 0; column < PQnfields(result); ++column) {
        line += (column > 0 ? "|" : "") + std::string(PQgetvalue(result, row, column));
      }
      rows.push_back(line);
    }
    const std::string why = PQerrorMessage(conn);
    PQclear(result);
    PQfinish(conn);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
      throw std::runtime_error(why + " in " + sql);
    }
    return rows;
  }

  // What the server wrote into its log.
  [[nodiscard]] std::string Log() const {
    std::ifstream file(directory_ + "/log", std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }

 private:
  PostgresServer() : binaries_(Binaries()) {
    std::string pattern = "/tmp/cordon-pg.XXXXXX";  // short: a socket's path has 107 bytes
    if (binaries_.empty() || mkdtemp(pattern.data()) == nullptr) {
      throw std::runtime_error("no PostgreSQL server can be started");
    }
    directory_ = pattern;
    port_ = FreePort();
    int to[2];
    int from[2];
    if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0) {
      throw std::runtime_error("pipe");
    }
    const pid_t keeper = fork();
    if (keeper == 0) {
      close(to[1]);
      close(from[0]);
      Keep(to[0], from[1]);
    }
    close(to[0]);
    close(from[1]);
    to_keeper_ = to[1];
    from_keeper_ = from[0];
    Answer();
    AwaitReady();
  }
  ~PostgresServer() {
    close(to_keeper_);
    char end = 0;
    while (read(from_keeper_, &end, 1) > 0) {
    }
    close(from_keeper_);
  }

  static int FreePort() {
    const int probe = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(probe, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("no port");
    }
    close(probe);
    return ntohs(address.sin_port);
  }

  // ---- in the process beside the test ----

  [[noreturn]] void Keep(int from_test, int to_test) const {
    // What ends the test must not end this process before the server.
    setsid();
    for (const int ignored : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) signal(ignored, SIG_IGN);
    if (geteuid() == 0) {
      // The server refuses to run as root.
      if (const passwd* const user = getpwnam("postgres"); user != nullptr) {
        if (chown(directory_.c_str(), user->pw_uid, user->pw_gid) != 0) _exit(1);
      }
    }
    const pid_t made = Spawn({"initdb", "-D", directory_ + "/data", "-U", "postgres", "-A", "trust",
                              "-N", "-E", "UTF8", "--locale=C", "--no-instructions"});
    int state = 0;
    waitpid(made, &state, 0);
    pid_t server = state == 0 ? StartServer() : -1;
    char word = state == 0 ? '+' : '-';
    (void)!write(to_test, &word, 1);
    while (read(from_test, &word, 1) == 1) {
      if (word == 'S') {
        StopServer(server, SIGINT);
        server = -1;
      } else {
        server = StartServer();
      }
      word = '+';
      (void)!write(to_test, &word, 1);
    }
    StopServer(server, SIGQUIT);
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
    _exit(0);
  }

  pid_t StartServer() const {
    return Spawn({"postgres", "-D", directory_ + "/data", "-k", directory_, "-p",
                  std::to_string(port_), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off",
                  "-c", "full_page_writes=off", "-c", "shared_buffers=32MB", "-c",
                  "max_connections=60", "-c", "log_min_messages=panic"});
  }

  static void StopServer(pid_t server, int how) {
    if (server <= 0) return;
    kill(server, how);
    waitpid(server, nullptr, 0);
  }

  pid_t Spawn(std::vector<std::string> words) const {
    const std::string program = binaries_ + "/" + words.front();
    std::vector<char*> raw;
    for (std::string& word : words) raw.push_back(word.data());
    raw.push_back(nullptr);
    const pid_t child = fork();
    if (child != 0) return child;
    if (geteuid() == 0) {
      const passwd* const user = getpwnam("postgres");
      if (user == nullptr || setgroups(0, nullptr) != 0 || setgid(user->pw_gid) != 0 ||
          setuid(user->pw_uid) != 0) {
        _exit(126);
      }
    }
    for (const int restored : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) signal(restored, SIG_DFL);
    const int log = open((directory_ + "/log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(open("/dev/null", O_RDONLY), 0);
    dup2(log, 1);
    dup2(log, 2);
    if (chdir("/") != 0) _exit(126);
    unsetenv("LD_PRELOAD");
    execv(program.c_str(), raw.data());
    _exit(127);
  }

  // ---- in the test ----

  void Tell(char word) {
    if (write(to_keeper_, &word, 1) != 1) throw std::runtime_error("the server's keeper is gone");
    Answer();
  }
  void Answer() const {
    char word = 0;
    if (read(from_keeper_, &word, 1) != 1 || word != '+') {
      throw std::runtime_error("the server could not be started: " + Log());
    }
  }
  void AwaitReady() const {
    for (int i = 0; i < 1200; ++i) {
      if (PQping((Conninfo() + " user=postgres").c_str()) == PQPING_OK) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(25));
    }
    throw std::runtime_error("the server does not answer: " + Log());
  }

  const std::string binaries_;
  std::string directory_;
  int port_ = 0;
  int to_keeper_ = -1;
  int from_keeper_ = -1;
};

// Where there is no server, tests say so and are listed as skipped.
#define CORDON_NEEDS_POSTGRES()                                                           \
  if (::cordon_test::PostgresServer::Binaries().empty())                                  \
  GTEST_SKIP() << "no PostgreSQL server: install postgresql-15, or say where it is with " \
                  "CORDON_POSTGRES_BIN"

}  // namespace cordon_test

#endif  // CORDON_TESTS_SUPPORT_POSTGRES_SERVER_H_
