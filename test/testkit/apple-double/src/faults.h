// Makes calls fail, one after another.
#ifndef APPLE_DOUBLE_FAULTS_H_
#define APPLE_DOUBLE_FAULTS_H_

#include <string>

namespace apple_double {

// Lets the nth call (from 1) fail, of those that may fail on a Mac. 0: none.
void FailCall(long n);

// The name of the call that FailCall made fail, or an empty text where it came to none.
std::string FailedCall();

// Asked by each call that may fail, once.
bool ShouldFail(const char* call);

}  // namespace apple_double

#endif  // APPLE_DOUBLE_FAULTS_H_
