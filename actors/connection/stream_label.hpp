// A connection's name in the log.
#pragma once

#include <string>

#include "actors/log/log.hpp"

namespace fedhub {

class connection_state;

/// Names a connection in a line of the log. The text is made only if the line is written.
struct stream_label {
  const connection_state& of;

  std::string str() const;
  void add_to(log_facts& to) const;
};

} // namespace fedhub
