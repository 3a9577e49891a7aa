{
  # Builds the addon from source: npx node-gyp rebuild. scripts/build-native-windows.mjs builds the
  # prebuilt one for Windows with mingw-w64 from the same sources.
  "targets": [
    {
      "target_name": "countersign",
      "sources": [
        "native/addon.cc",
        "native/convert.cc",
        "native/job_thread.cc",
        "native/js_channel.cc",
        "native/promise_thread.cc",
        "native/store_binding.cc",
      ],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines": ["NAPI_VERSION=9", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"],
      "dependencies": ["<!(node -p \"require('node-addon-api').targets\"):node_addon_api_except"],
      "conditions": [
        ["OS=='win'", {
          "sources": [
            "native/certificate_store_win.cc",
            "native/managed_file_win.cc",
            "native/managed_policy_win.cc",
            "native/module_pin_win.cc",
            "native/peer_process_win.cc",
            "native/store_watch_win.cc",
            "native/windows_capi_key_win.cc",
            "native/windows_cng_key_win.cc",
            "native/windows_failure_win.cc",
            "native/windows_private_key_win.cc",
            "native/windows_sid_win.cc",
            "native/windows_system_stores_win.cc",
          ],
          "defines": ["UNICODE", "_UNICODE", "NOMINMAX", "WIN32_LEAN_AND_MEAN", "_WIN32_WINNT=0x0A00"],
          "libraries": ["-lcrypt32", "-lncrypt", "-ladvapi32", "-liphlpapi", "-lws2_32"],
          "msvs_settings": {
            "VCCLCompilerTool": {
              "AdditionalOptions": ["/std:c++17", "/W4", "/WX", "/external:anglebrackets", "/external:W0", "/utf-8", "/guard:cf", "/ZH:SHA_256"],
            },
            "VCLinkerTool": {"AdditionalOptions": ["/guard:cf"]},
          },
        }],
        ["OS=='mac'", {
          "sources": [
            "native/certificate_store_mac.cc",
            "native/cf_ref_mac.cc",
            "native/ecdsa_signature_mac.cc",
            "native/failure_mac.cc",
            "native/keychain_key_mac.cc",
            "native/keychain_query_mac.cc",
            "native/managed_file_posix.cc",
            "native/managed_policy_mac.cc",
            "native/no_interaction_mac.cc",
            "native/peer_process_mac.cc",
            "native/module_pin_posix.cc",
          ],
          "libraries": ["-framework CoreFoundation", "-framework Security"],
          "xcode_settings": {
            "CLANG_CXX_LANGUAGE_STANDARD": "c++17",
            "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
            "GCC_TREAT_WARNINGS_AS_ERRORS": "YES",
            "MACOSX_DEPLOYMENT_TARGET": "11.0",
            "WARNING_CFLAGS": ["-Wall", "-Wextra"],
            "OTHER_CFLAGS": ["-arch arm64", "-arch x86_64"],
            "OTHER_LDFLAGS": ["-arch arm64", "-arch x86_64"],
          },
        }],
        ["OS!='win' and OS!='mac'", {
          "sources": [
            "native/certificate_store_none.cc",
            "native/managed_file_posix.cc",
            "native/managed_policy_none.cc",
            "native/module_pin_posix.cc",
            "native/peer_process_none.cc",
          ],
          "cflags_cc": ["-std=c++17", "-Wall", "-Wextra", "-Werror", "-fvisibility=hidden"],
        }],
      ],
    },
    {
      # Runs the machine's agent as a Windows service: a program of its own.
      "target_name": "countersign-service",
      "type": "none",
      "conditions": [
        ["OS=='win'", {
          "type": "executable",
          "sources": ["native/service-host/service_host_win.cc"],
          "defines": ["UNICODE", "_UNICODE", "NOMINMAX", "WIN32_LEAN_AND_MEAN", "_WIN32_WINNT=0x0A00"],
          "libraries": ["-ladvapi32", "-lshell32"],
          # Node's gyp settings delay-load node.exe for addons; a program does not run within it.
          "win_delay_load_hook": "false",
          "msvs_settings": {
            "VCCLCompilerTool": {
              "AdditionalOptions": ["/std:c++17", "/W4", "/WX", "/external:anglebrackets", "/external:W0", "/utf-8", "/guard:cf", "/ZH:SHA_256"],
            },
            "VCLinkerTool": {"SubSystem": 1, "AdditionalOptions": ["/guard:cf"]},
          },
        }],
      ],
    },
  ],
}
