// SPDX-License-Identifier: Apache-2.0
//
// What ThreadSanitizer has to be told of librdkafka, which is not built for it. Part of the programs under that
// sanitizer that link librdkafka, and of no other.
//
// C11 threads by way of POSIX ones: the sanitizer knows the threads that pthread_create makes, and the locks of
// pthread_mutex_lock; a thread of thrd_create, as librdkafka makes them, crashes in the first function that the
// sanitizer has replaced. These definitions stand before those of the C library, so that librdkafka's threads are known
// and its locks count as the synchronisation that they are.
//
// The C library's types of C11 are its POSIX types under other names (mtx_lock is pthread_mutex_lock), so one stands
// for the other here as well.
#include <pthread.h>
#include <threads.h>

#include <cerrno>
#include <cstdint>
#include <memory>

static_assert(sizeof(mtx_t) == sizeof(pthread_mutex_t) && sizeof(cnd_t) == sizeof(pthread_cond_t) &&
              sizeof(thrd_t) == sizeof(pthread_t));

namespace {

struct Start {
  thrd_start_t function;
  void* argument;
};

void* run(void* raw) {
  const std::unique_ptr<Start> start(static_cast<Start*>(raw));
  const thrd_start_t function = start->function;
  void* argument = start->argument;
  return reinterpret_cast<void*>(static_cast<std::intptr_t>(function(argument)));
}

int c11_result(int posix_error) {
  switch (posix_error) {
    case 0:
      return thrd_success;
    case EBUSY:
      return thrd_busy;
    case ETIMEDOUT:
      return thrd_timedout;
    case ENOMEM:
    case EAGAIN:
      return thrd_nomem;
    default:
      return thrd_error;
  }
}

pthread_mutex_t* posix(mtx_t* mutex) { return reinterpret_cast<pthread_mutex_t*>(mutex); }
pthread_cond_t* posix(cnd_t* condition) { return reinterpret_cast<pthread_cond_t*>(condition); }

}  // namespace

extern "C" {

// What is not to be reported. See "Suppressions" in the sanitizer's documentation:
// https://github.com/google/sanitizers/wiki/ThreadSanitizerSuppressions.
const char* __tsan_default_suppressions() {
  // librdkafka counts the references to its buffers and topics with atomic instructions that the sanitizer does not
  // see. What the last owner does then (free, pthread_rwlock_destroy) looks like a race with what the others did
  // before. This leaves out its own accesses alone: those of our code are still compared with each other.
  //
  // It hands new objects over to other threads in the same way, so that the first lock of a mutex in one looks like a
  // race with its initialisation. Nobody else uses C11's mutexes.
  return "called_from_lib:librdkafka.so\n"
         "race:^mtx_\n"
         "race:^cnd_\n";
}

int thrd_create(thrd_t* thread, thrd_start_t function, void* argument) {
  auto start = std::make_unique<Start>(Start{.function = function, .argument = argument});
  const int error = pthread_create(thread, nullptr, run, start.get());  // tidy: allow(thread) it is librdkafka's
  if (error == 0) (void)start.release();
  return c11_result(error);
}

int thrd_join(thrd_t thread, int* result) {
  void* ended = nullptr;
  const int error = pthread_join(thread, &ended);
  if (result != nullptr) *result = static_cast<int>(reinterpret_cast<std::intptr_t>(ended));
  return c11_result(error);
}

int thrd_detach(thrd_t thread) { return c11_result(pthread_detach(thread)); }

int mtx_init(mtx_t* mutex, int type) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  if ((type & mtx_recursive) != 0) pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
  const int error = pthread_mutex_init(posix(mutex), &attributes);
  pthread_mutexattr_destroy(&attributes);
  return c11_result(error);
}

int mtx_lock(mtx_t* mutex) { return c11_result(pthread_mutex_lock(posix(mutex))); }
int mtx_trylock(mtx_t* mutex) { return c11_result(pthread_mutex_trylock(posix(mutex))); }
int mtx_timedlock(mtx_t* mutex, const struct timespec* until) {
  return c11_result(pthread_mutex_timedlock(posix(mutex), until));
}
int mtx_unlock(mtx_t* mutex) { return c11_result(pthread_mutex_unlock(posix(mutex))); }
void mtx_destroy(mtx_t* mutex) { pthread_mutex_destroy(posix(mutex)); }

int cnd_init(cnd_t* condition) { return c11_result(pthread_cond_init(posix(condition), nullptr)); }
int cnd_signal(cnd_t* condition) { return c11_result(pthread_cond_signal(posix(condition))); }
int cnd_broadcast(cnd_t* condition) { return c11_result(pthread_cond_broadcast(posix(condition))); }
int cnd_wait(cnd_t* condition, mtx_t* mutex) { return c11_result(pthread_cond_wait(posix(condition), posix(mutex))); }
int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const struct timespec* until) {
  return c11_result(pthread_cond_timedwait(posix(condition), posix(mutex), until));
}
void cnd_destroy(cnd_t* condition) { pthread_cond_destroy(posix(condition)); }

}  // extern "C"
