// A Windows service that runs another program and keeps it running. Node is no service program: the
// service manager would wait in vain for it to report. This one opens no port and reads no file.
//
//   countersign-service.exe NAME PROGRAM [ARGUMENT ...]
//
// started by the service manager as the service NAME, whose event source has the same name. The
// program gets one more argument: the name of a pipe, and it is to end when that is closed. What it
// starts dies with it, and it dies with the service.
#include <windows.h>
// windows.h first
#include <sddl.h>
#include <shellapi.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "../windows_handles.h"

namespace {

using countersign::UniqueKernelHandle;

constexpr DWORD kStopMs = 15'000;          // a program told to stop takes 5 s for what is under way
constexpr DWORD kFirstDelayMs = 1'000;     // until a program that ended is started again
constexpr DWORD kLongestDelayMs = 60'000;  // doubled up to this
constexpr DWORD kHealthyMs = 60'000;       // after which an end counts as the first one again

enum class Event : DWORD { kStarted = 1, kEnded = 2, kStopped = 3, kFailed = 4 };

struct Service {
  std::wstring name;
  std::wstring command;  // the program and its arguments, quoted
  SERVICE_STATUS_HANDLE handle = nullptr;
  UniqueKernelHandle stop;
};

// The service manager calls back without a context that could carry it.
Service service;

// As CommandLineToArgvW and the C run-time take it apart again.
std::wstring Quote(const std::wstring& argument) {
  std::wstring quoted = L"\"";
  std::size_t backslashes = 0;
  for (const wchar_t character : argument) {
    if (character == L'"') quoted.append(backslashes + 1, L'\\');
    backslashes = character == L'\\' ? backslashes + 1 : 0;
    quoted += character;
  }
  return quoted.append(backslashes, L'\\') + L'"';
}

void Report(Event event, WORD type, const std::wstring& text) {
  const HANDLE log = RegisterEventSourceW(nullptr, service.name.c_str());
  if (log == nullptr) return;
  const wchar_t* texts[] = {text.c_str()};
  ReportEventW(log, type, 0, static_cast<DWORD>(event), nullptr, 1, 0, texts, nullptr);
  DeregisterEventSource(log);
}

void ReportFailure(const wchar_t* what, DWORD code) {
  Report(Event::kFailed, EVENTLOG_ERROR_TYPE,
         std::wstring(L"The agent cannot be started: ") + what + L" failed with error " +
             std::to_wstring(code) + L".");
}

void SetState(DWORD state, DWORD exit_code = NO_ERROR) {
  SERVICE_STATUS status{};
  status.dwServiceType = SERVICE_WIN32_OWN_PROCESS;
  status.dwCurrentState = state;
  status.dwControlsAccepted =
      state == SERVICE_RUNNING ? SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN : 0;
  status.dwWin32ExitCode = exit_code;
  status.dwWaitHint = state == SERVICE_RUNNING || state == SERVICE_STOPPED ? 0 : kStopMs + 5'000;
  SetServiceStatus(service.handle, &status);
}

DWORD WINAPI Control(DWORD control, DWORD, void*, void*) {
  switch (control) {
    case SERVICE_CONTROL_STOP:
    case SERVICE_CONTROL_SHUTDOWN:
      SetState(SERVICE_STOP_PENDING);
      SetEvent(service.stop.Get());
      return NO_ERROR;
    case SERVICE_CONTROL_INTERROGATE:
      return NO_ERROR;
    default:
      return ERROR_CALL_NOT_IMPLEMENTED;
  }
}

// A pipe that SYSTEM and administrators alone can open, and whose name nobody else has taken.
UniqueKernelHandle MakePipe(const std::wstring& name) {
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(
          L"D:P(A;;GA;;;SY)(A;;GA;;;BA)", SDDL_REVISION_1, &descriptor, nullptr)) {
    return {};
  }
  const std::unique_ptr<void, decltype(&LocalFree)> owned(descriptor, &LocalFree);
  SECURITY_ATTRIBUTES attributes{sizeof attributes, descriptor, FALSE};
  const HANDLE pipe =
      CreateNamedPipeW(name.c_str(), PIPE_ACCESS_DUPLEX | FILE_FLAG_FIRST_PIPE_INSTANCE,
                       PIPE_TYPE_BYTE | PIPE_REJECT_REMOTE_CLIENTS, 1, 0, 0, 0, &attributes);
  return pipe == INVALID_HANDLE_VALUE ? UniqueKernelHandle() : UniqueKernelHandle(pipe);
}

// Whatever is in it ends when its last handle is closed: also where this process is killed.
UniqueKernelHandle MakeJob() {
  UniqueKernelHandle job(CreateJobObjectW(nullptr, nullptr));
  if (!job) return job;
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
  limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
  SetInformationJobObject(job.Get(), JobObjectExtendedLimitInformation, &limits, sizeof limits);
  return job;
}

struct Child {
  UniqueKernelHandle job;
  UniqueKernelHandle process;
  UniqueKernelHandle pipe;
  DWORD id = 0;
};

// Nothing where it could not be started; the event log has the reason.
std::optional<Child> StartChild(unsigned start) {
  const std::wstring pipe_name = L"\\\\.\\pipe\\countersign-service-" +
                                 std::to_wstring(GetCurrentProcessId()) + L"-" +
                                 std::to_wstring(start);
  Child child;
  child.pipe = MakePipe(pipe_name);
  if (!child.pipe) {
    ReportFailure(L"CreateNamedPipe", GetLastError());
    return std::nullopt;
  }
  child.job = MakeJob();
  if (!child.job) {
    ReportFailure(L"CreateJobObject", GetLastError());
    return std::nullopt;
  }
  std::wstring command = service.command + L" " + Quote(pipe_name);
  STARTUPINFOW startup{};
  startup.cb = sizeof startup;
  PROCESS_INFORMATION started{};
  // Suspended until it is in the job: it might start something before.
  if (!CreateProcessW(nullptr, command.data(), nullptr, nullptr, FALSE,
                      CREATE_NO_WINDOW | CREATE_SUSPENDED, nullptr, nullptr, &startup, &started)) {
    ReportFailure(L"CreateProcess", GetLastError());
    return std::nullopt;
  }
  child.process = UniqueKernelHandle(started.hProcess);
  const UniqueKernelHandle thread(started.hThread);
  child.id = started.dwProcessId;
  if (!AssignProcessToJobObject(child.job.Get(), started.hProcess)) {
    ReportFailure(L"AssignProcessToJobObject", GetLastError());
    TerminateProcess(started.hProcess, 1);
    return std::nullopt;
  }
  ResumeThread(thread.Get());
  Report(Event::kStarted, EVENTLOG_INFORMATION_TYPE,
         L"The agent has started, process " + std::to_wstring(child.id) + L".");
  return child;
}

// Has it end; kills it where it does not in time.
void StopChild(Child& child) {
  child.pipe = {};
  if (WaitForSingleObject(child.process.Get(), kStopMs) != WAIT_OBJECT_0) {
    TerminateJobObject(child.job.Get(), 1);
  }
  Report(Event::kStopped, EVENTLOG_INFORMATION_TYPE, L"The agent has been stopped.");
}

// Runs the program until the service is to stop.
void KeepRunning() {
  DWORD delay = kFirstDelayMs;
  for (unsigned start = 1;; start++) {
    const ULONGLONG started_at = GetTickCount64();
    auto child = StartChild(start);
    if (child) {
      const HANDLE either[] = {service.stop.Get(), child->process.Get()};
      if (WaitForMultipleObjects(2, either, FALSE, INFINITE) == WAIT_OBJECT_0) {
        StopChild(*child);
        return;
      }
      if (GetTickCount64() - started_at >= kHealthyMs) delay = kFirstDelayMs;
      DWORD code = 0;
      GetExitCodeProcess(child->process.Get(), &code);
      Report(Event::kEnded, EVENTLOG_WARNING_TYPE,
             L"The agent ended with exit code " + std::to_wstring(code) +
                 L"; its log may have the reason. It is started again in " +
                 std::to_wstring(delay / 1'000) + L" s.");
      child.reset();
    }
    if (WaitForSingleObject(service.stop.Get(), delay) == WAIT_OBJECT_0) return;
    delay = std::min(delay * 2, kLongestDelayMs);
  }
}

void WINAPI ServiceMain(DWORD, wchar_t**) {
  service.handle = RegisterServiceCtrlHandlerExW(service.name.c_str(), &Control, nullptr);
  if (service.handle == nullptr) return;
  service.stop = UniqueKernelHandle(CreateEventW(nullptr, TRUE, FALSE, nullptr));
  if (!service.stop) {
    SetState(SERVICE_STOPPED, GetLastError());
    return;
  }
  SetState(SERVICE_RUNNING);
  KeepRunning();
  SetState(SERVICE_STOPPED);
}

}  // namespace

int main() {
  // No library from the working directory or the path.
  SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_SYSTEM32);
  int count = 0;
  const std::unique_ptr<wchar_t*, decltype(&LocalFree)> arguments(
      CommandLineToArgvW(GetCommandLineW(), &count), &LocalFree);
  if (!arguments || count < 3) return ERROR_INVALID_PARAMETER;
  service.name = arguments.get()[1];
  for (int i = 2; i < count; i++) {
    if (i > 2) service.command += L' ';
    service.command += Quote(arguments.get()[i]);
  }
  const SERVICE_TABLE_ENTRYW table[] = {{service.name.data(), &ServiceMain}, {nullptr, nullptr}};
  // Fails where the service manager did not start it.
  return StartServiceCtrlDispatcherW(table) ? 0 : static_cast<int>(GetLastError());
}
