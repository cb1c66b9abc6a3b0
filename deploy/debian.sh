#!/usr/bin/env bash
# Install the Debian packages that are missing, each for a reason; without root, say the one command to type.
set -euo pipefail
declare -A why=(
  [libpango-1.0-0]="dàn chữ cho tệp PDF"
  [libpangoft2-1.0-0]="dàn chữ cho tệp PDF"
  [libharfbuzz-subset0]="nhúng phông chữ vào PDF nhanh gấp năm lần"
  [chromium]="kiểm thử trong trình duyệt thật"
  [postgresql]="kiểm thử trên PostgreSQL thật"
  [wrk]="tạo tải khi đo tốc độ"
  [softhsm2]="kiểm thử ký số bằng thiết bị PKCS#11"
  [zbar-tools]="kiểm thử đọc mã QR trên giấy chứng nhận"
  [nodejs]="kiểm thử huy hiệu số bằng thư viện của bên khác"
  [npm]="kiểm thử huy hiệu số bằng thư viện của bên khác"
)
# Often installed from elsewhere than Debian: whoever has the program needs no package.
declare -A program=([nodejs]=node [npm]=npm)
wanted=("$@")
[ ${#wanted[@]} -gt 0 ] || wanted=("${!why[@]}")
missing=()
for package in "${wanted[@]}"; do
  [ -n "${program[$package]:-}" ] && command -v "${program[$package]}" >/dev/null && continue
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0
echo "Còn thiếu gói Debian:"
for package in "${missing[@]}"; do echo "  $package – ${why[$package]:-chạy Python}"; done
if [ "$(id -u)" -ne 0 ]; then
  echo "Hãy gõ lệnh này rồi chạy lại:"
  echo "  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}"
  exit 1
fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
echo "Đã cài xong các gói Debian."
