#include "bench/load/process_watch.hpp"

#include <unistd.h>

#include <fstream>
#include <sstream>

namespace fedhub::load {

namespace {

std::string read_file(pid_t pid, const char* name) {
  const std::ifstream file{"/proc/" + std::to_string(pid) + "/" + name};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

} // namespace

tl::expected<process_watch, std::string> process_watch::open(const std::vector<pid_t>& pids) {
  for (const pid_t pid : pids)
    if (read_file(pid, "stat").empty())
      return tl::unexpected("no process " + std::to_string(pid));
  return process_watch{pids};
}

double process_watch::cpu_seconds() const {
  uint64_t ticks = 0;
  for (const pid_t pid : pids_) {
    const auto text = read_file(pid, "stat");
    const size_t name_end = text.rfind(')'); // the name may hold any characters
    if (name_end == std::string::npos)
      continue;
    std::istringstream fields{text.substr(name_end + 1)};
    std::string skipped;
    for (int i = 3; i < 14; ++i) // proc(5): utime is the 14th field
      fields >> skipped;
    uint64_t user = 0, system = 0;
    fields >> user >> system;
    ticks += user + system;
  }
  return static_cast<double>(ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

uint64_t process_watch::resident_kib() const {
  const auto page_kib = static_cast<uint64_t>(sysconf(_SC_PAGESIZE)) / 1024;
  uint64_t pages = 0;
  for (const pid_t pid : pids_) {
    std::istringstream fields{read_file(pid, "statm")};
    uint64_t size = 0, resident = 0;
    fields >> size >> resident;
    pages += resident;
  }
  return pages * page_kib;
}

} // namespace fedhub::load
