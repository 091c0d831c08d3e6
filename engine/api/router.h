// Finds the endpoint for a method and path.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/api/endpoint.h"

namespace hookswitch {

struct Match {
  const Endpoint* endpoint = nullptr;  // null: see `allowed`
  std::vector<std::string> path;       // what stands for {...}, decoded
  std::vector<std::string> allowed;    // methods of this path; empty: there is no such path
};

/// HEAD is answered by what answers GET. Fixed parts of a path win over {...}.
Match find_endpoint(const Endpoints& endpoints, std::string_view method, std::string_view path);

}  // namespace hookswitch
