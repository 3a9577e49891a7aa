<#
.SYNOPSIS
Checks the windows: store on a real Windows and writes a report to send back: windows-report.txt.

.DESCRIPTION
Makes self-signed certificates with keys that cannot be exported, one for each provider that there is
(CNG software, TPM, CryptoAPI), in the user's personal store and, if the shell is elevated, in the
machine's. Lists both stores and signs once with each key; then removes what it made. No dialog opens,
nothing else is changed, and the report names no certificate, user or device.

Needs Node.js and the package's addon: prebuilds\win32-ARCH.node, or "npx node-gyp rebuild".
#>
[CmdletBinding()]
param([string] $Report = 'windows-report.txt')

$ErrorActionPreference = 'Stop'
Set-Location (Join-Path $PSScriptRoot '..')

$principal = [Security.Principal.WindowsPrincipal][Security.Principal.WindowsIdentity]::GetCurrent()
$elevated = $principal.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)
$stores = @('Cert:\CurrentUser\My')
if ($elevated) { $stores += 'Cert:\LocalMachine\My' }

$kinds = @(
    @{ Name = 'CNG RSA'; Provider = 'Microsoft Software Key Storage Provider'; KeyAlgorithm = 'RSA'; KeyLength = 2048 }
    @{ Name = 'CNG P-256'; Provider = 'Microsoft Software Key Storage Provider'; KeyAlgorithm = 'ECDSA_nistP256' }
    @{ Name = 'CNG P-384'; Provider = 'Microsoft Software Key Storage Provider'; KeyAlgorithm = 'ECDSA_nistP384' }
    @{ Name = 'CNG P-521'; Provider = 'Microsoft Software Key Storage Provider'; KeyAlgorithm = 'ECDSA_nistP521' }
    @{ Name = 'TPM RSA'; Provider = 'Microsoft Platform Crypto Provider'; KeyAlgorithm = 'RSA'; KeyLength = 2048 }
    @{ Name = 'TPM P-256'; Provider = 'Microsoft Platform Crypto Provider'; KeyAlgorithm = 'ECDSA_nistP256' }
    @{ Name = 'CryptoAPI RSA'; Provider = 'Microsoft Enhanced Cryptographic Provider v1.0'; KeyAlgorithm = 'RSA'; KeyLength = 2048 }
    @{ Name = 'CryptoAPI RSA and AES'; Provider = 'Microsoft Enhanced RSA and AES Cryptographic Provider'; KeyAlgorithm = 'RSA'; KeyLength = 2048 }
)

$made = @()
$lines = @()
try {
    foreach ($store in $stores) {
        foreach ($kind in $kinds) {
            $arguments = @{
                Subject           = "CN=countersign verify-windows, OU=$($kind.Name)"
                CertStoreLocation = $store
                Provider          = $kind.Provider
                KeyAlgorithm      = $kind.KeyAlgorithm
                KeyExportPolicy   = 'NonExportable'
                KeyUsage          = 'DigitalSignature'
                TextExtension     = @('2.5.29.37={text}1.3.6.1.5.5.7.3.2')
                NotAfter          = (Get-Date).AddDays(1)
            }
            if ($kind.KeyLength) { $arguments.KeyLength = $kind.KeyLength }
            if ($kind.Provider -like '*Cryptographic Provider*') { $arguments.KeySpec = 'Signature' }
            try {
                $certificate = New-SelfSignedCertificate @arguments
                $made += $certificate.PSPath
                $lines += "made: $($kind.Name) in $store"
            }
            catch {
                # A Windows without a TPM has no keys in one.
                $lines += "not made: $($kind.Name) in ${store}: $($_.Exception.Message)"
            }
        }
    }
    $lines += & node scripts/verify-windows.mjs 2>&1 | ForEach-Object { "$_" }
    $failed = $LASTEXITCODE -ne 0
}
finally {
    foreach ($path in $made) { Remove-Item -Path $path -DeleteKey -ErrorAction Continue }
}
$lines | Tee-Object -FilePath $Report
Write-Host "The report is in $Report."
if ($failed) { exit 1 }
