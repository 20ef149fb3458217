// SPDX-License-Identifier: Apache-2.0
// import_tenant NEW.db OLD.db NAME: the file of one old installation becomes one tenant.
#include <iostream>

#include "import.h"

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: import_tenant NEW.db OLD.db NAME\n";
    return 2;
  }
  auto platform = wholesale::Platform::Open({.path = argv[1]});
  const absl::StatusOr<wholesale::Books> books =
      platform.ok() ? wholesale::ImportTenant(**platform, argv[2], argv[3]) : platform.status();
  if (!books.ok()) {
    std::cerr << books.status().message() << "\n";
    return 1;
  }
  std::cout << argv[3] << ": " << books->customers << " customers, " << books->articles
            << " articles, " << books->orders << " orders with " << books->lines << " lines of "
            << books->revenue.ToString() << "\n";
  return 0;
}
