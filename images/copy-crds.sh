#!/usr/bin/env bash
# Copies the resource definitions into the chart, which can't reach beyond its own directory.
set -eu
cd "$(dirname "$0")/.."
rm -f charts/holdfast/files/crds/*
cp crds/*.yaml charts/holdfast/files/crds/
