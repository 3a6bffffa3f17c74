#include "conf/file/read_config.hpp"

namespace fedhub::conf {

namespace {

certificate_files read_certificate(table_reader& row, named_files& files) {
  certificate_files result;
  result.chain_file = readable_file(row, "chain_file", files).value_or("");
  row.require("chain_file", file_allowed);
  result.key_file = readable_file(row, "key_file", files).value_or("");
  row.require("key_file", file_allowed);
  if (!result.key_file.empty())
    files.mark_secret(result.key_file);
  result.ocsp_file = readable_file_or_none(row, "ocsp_file", files).value_or("");
  row.finish();
  return result;
}

/// Reads both keys, or neither. "" counts as absent, so that a file can contain the table without
/// using it.
std::optional<certificate_files> read_client_certificate(table_reader& table, named_files& files) {
  const auto chain_file = readable_file_or_none(table, "chain_file", files);
  const auto key_file = readable_file_or_none(table, "key_file", files);
  const auto given = [&](std::string_view key) {
    return table.has(key) && !table.is_empty_string(key);
  };
  const auto need = [&](std::string_view key, std::string_view other) {
    if (given(other) && !given(key))
      table.report(key, table.has(key) ? "\"\"" : "nothing",
                   std::string{file_allowed} + ", as " + std::string{other} + " is set");
  };
  need("chain_file", "key_file");
  need("key_file", "chain_file");
  table.finish();
  if (!chain_file || !key_file)
    return {};
  files.mark_secret(*key_file);
  return certificate_files{*chain_file, *key_file};
}

} // namespace

tls_config read_tls(table_reader& table, named_files& files) {
  tls_config result;
  if (auto path = readable_file(table, "ca_file", files))
    result.ca_file = std::move(*path);
  result.crl_files = readable_files(table, "crl_files", files);
  table.choice("accept_eku", result.accept_eku,
               {eku_policy::server, eku_policy::client, eku_policy::any});
  table.choice("preset", result.preset, {tls_preset::modern, tls_preset::intermediate});
  table.boolean("session_resumption", result.session_resumption);
  auto client = table.table("client_certificate");
  result.client_certificate = read_client_certificate(client, files);
  for (auto& row : table.tables("certificate"))
    result.certificates.push_back(read_certificate(row, files));
  if (!table.has("ca_file"))
    files.add(result.ca_file);
  return result;
}

} // namespace fedhub::conf
