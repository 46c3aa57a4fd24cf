#!/usr/bin/env bash
# Gradescope runs this once, as root, when the image of the autograder is made (Ubuntu 22.04 or later).
# Beside it lies allocheck.tgz: what `npm pack` makes of this project.
set -euo pipefail

apt-get update
DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
  gcc g++ libc6-dev bubblewrap util-linux ca-certificates curl xz-utils

# Node from its makers: what Ubuntu has is too old.
node=v20.19.5
curl -fsSL "https://nodejs.org/dist/$node/node-$node-linux-x64.tar.xz" |
  tar -xJ -C /usr/local --strip-components=1

npm install --global --omit=dev --ignore-scripts /autograder/source/allocheck.tgz
