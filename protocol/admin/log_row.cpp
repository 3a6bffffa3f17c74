#include "protocol/admin/log_row.hpp"

#include <nlohmann/json.hpp>

#include "protocol/admin/time_text.hpp"

namespace fedhub::admin {

std::string json_of(const std::vector<log_row>& rows) {
  nlohmann::ordered_json answer;
  auto& items = answer["items"] = nlohmann::ordered_json::array();
  for (const auto& row : rows) {
    nlohmann::ordered_json item{{"module", row.module}, {"level", row.level}};
    if (row.until)
      item["until"] = rfc3339(*row.until);
    items.push_back(std::move(item));
  }
  answer["total"] = rows.size();
  return answer.dump();
}

} // namespace fedhub::admin
