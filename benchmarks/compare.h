// SPDX-License-Identifier: Apache-2.0
//
// Runs Google Benchmark with pairs: "<name>/cordon" beside "<name>/baseline", repetitions of both
// interleaved at random in one process, and reports the median over the pairs of
// time(Cordon) / time(baseline). CPU time of the thread: these are computations, and the machine
// is shared. Everything without a partner is a figure (nanoseconds, or a counter named "value").
// --cordon_smoke runs each once: to see that it works, not what it costs.
#ifndef CORDON_BENCHMARKS_COMPARE_H_
#define CORDON_BENCHMARKS_COMPARE_H_

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cordon::bench {

inline constexpr int kPairs = 15;

// Whether this is a smoke run: worlds may then be small.
inline bool smoke = false;

class PairReporter : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration) continue;
      if (run.error_occurred) {
        failed_ = true;
        std::fprintf(stderr, "%s: %s\n", run.benchmark_name().c_str(), run.error_message.c_str());
        continue;
      }
      const auto value = run.counters.find("value");
      times_[run.run_name.function_name].push_back(
          value != run.counters.end()
              ? value->second.value
              : run.cpu_accumulated_time / static_cast<double>(run.iterations) * 1e9);
    }
  }
  void Finalize() override {}

  // The table for people, and the JSON for tools. False when a benchmark failed.
  bool Finish(const std::string& json_path) {
    std::map<std::string, double> ratios;
    std::map<std::string, double> figures;
    for (auto& [name, times] : times_) {
      const std::size_t slash = name.rfind('/');
      const std::string stem = name.substr(0, slash);
      const std::string role = slash == std::string::npos ? "" : name.substr(slash + 1);
      if (role == "baseline") continue;
      if (role != "cordon") {
        figures[name] = Median(times);
        continue;
      }
      const std::vector<double>& base = times_[stem + "/baseline"];
      std::vector<double> pairs;
      for (std::size_t i = 0; i < std::min(times.size(), base.size()); ++i) {
        pairs.push_back(times[i] / base[i]);
      }
      if (pairs.empty()) continue;
      ratios[stem] = Median(pairs);
      std::printf("%-44s %8.3f   (%.0f ns / %.0f ns, %zu pairs)\n", stem.c_str(), ratios[stem],
                  Median(times), Median(base), pairs.size());
    }
    for (const auto& [name, value] : figures) std::printf("%-44s %8.1f\n", name.c_str(), value);
    if (!json_path.empty()) {
      std::ofstream json(json_path);
      Write(json << "{\"ratios\": {", ratios);
      Write(json << "}, \"figures\": {", figures);
      json << "}}\n";
      failed_ = failed_ || !json.good();
    }
    return !failed_;
  }

 private:
  static double Median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
  }
  static void Write(std::ostream& json, const std::map<std::string, double>& values) {
    const char* comma = "";
    for (const auto& [name, value] : values) {
      json << comma << '"' << name << "\": " << value;
      comma = ", ";
    }
  }

  std::map<std::string, std::vector<double>> times_;
  bool failed_ = false;
};

// main() of a benchmark binary: --cordon_json=FILE, --cordon_filter=TEXT.
inline int Main(int argc, char** argv) {
  std::string json;
  std::vector<std::string> arguments = {argv[0], "--benchmark_enable_random_interleaving=true",
                                        "--benchmark_repetitions=" + std::to_string(kPairs),
                                        "--benchmark_min_time=0.1"};
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    constexpr std::string_view kJson = "--cordon_json=";
    constexpr std::string_view kFilter = "--cordon_filter=";
    if (argument.starts_with(kJson)) {
      json = argument.substr(kJson.size());
    } else if (argument.starts_with(kFilter)) {
      arguments.push_back("--benchmark_filter=" + std::string(argument.substr(kFilter.size())));
    } else if (argument == "--cordon_smoke") {
      smoke = true;
      arguments.insert(arguments.end(), {"--benchmark_repetitions=1", "--benchmark_min_time=0"});
    } else {
      arguments.emplace_back(argument);
    }
  }
  std::vector<char*> raw;
  for (std::string& argument : arguments) raw.push_back(argument.data());
  int count = static_cast<int>(raw.size());
  benchmark::Initialize(&count, raw.data());
  PairReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  return reporter.Finish(json) ? 0 : 1;
}

}  // namespace cordon::bench

#endif  // CORDON_BENCHMARKS_COMPARE_H_
