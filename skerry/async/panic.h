// SPDX-License-Identifier: Apache-2.0
//
// A panic is an exception and means a bug: a channel closed twice, an index out of range. Failures that happen in
// operation are Errors. A panic travels up through the awaiting tasks and is caught at a boundary: a request handler,
// an event handler, a child of a scope; in a detached `go` it ends the process with a report.
#pragma once

#include <exception>
#include <stdexcept>
#include <string>

namespace skerry {

/// What the runtime itself panics with. Handlers may throw any other type; every exception that leaves a task is a
/// panic.
class Panic : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws Panic(message).
[[noreturn]] void panic(const std::string& message);

/// The text of a caught panic: what() of a std::exception, else "unknown exception". Precondition: not null.
std::string panic_message(const std::exception_ptr& caught);

}  // namespace skerry
