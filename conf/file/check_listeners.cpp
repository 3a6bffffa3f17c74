#include <utility>

#include "conf/file/listeners.hpp"
#include "conf/file/problem_list.hpp"
#include "conf/file/read_config.hpp"
#include "conf/file/toml_document.hpp"

namespace fedhub::conf {

void check_listeners(const listen_config& listen, const table_reader& table) {
  const auto all = all_listeners(listen);
  const auto report = [&](const listener_address& listener, std::string found) {
    if (listener.index)
      table.report_element(listener.key, *listener.index, std::move(found), "each address once");
    else
      table.report(listener.key, std::move(found), "each address once");
  };
  for (auto later = all.begin(); later != all.end(); ++later)
    for (auto first = all.begin(); first != later; ++first) {
      const auto& [a, b] = std::pair{first->at, later->at};
      if (a.port != b.port || a.port == 0)
        continue;
      if (a == b)
        report(*later, in_quotes(b.str()) + ", which " + first->path() + " also has");
      else if (covers(a.ip, b.ip))
        report(*later, in_quotes(b.str()) + ", which " + in_quotes(a.str()) + " of " + first->path()
                         + " covers");
      else if (covers(b.ip, a.ip))
        report(*later, in_quotes(b.str()) + ", which covers " + in_quotes(a.str()) + " of "
                         + first->path());
      else
        continue;
      break; // one problem for each listener is enough
    }
}

} // namespace fedhub::conf
