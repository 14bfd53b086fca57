# A Debian 12 with systemd as its first process, in containers that vanish with the test.
# Sourced by boot-test, which runs in a mount namespace of its own.
#
# The root filesystem is made once (build/packages/rootfs) and never written to: every run puts a
# tmpfs over it.

MIRROR=${PMX_MIRROR:-http://deb.debian.org/debian}
BASE=$REPOSITORY/build/packages/rootfs
WORK=/run/pmx-boot-test.$$
ROOT=$WORK/root
CGROUP=/sys/fs/cgroup/pmx-boot-test.$$
NSPAWN=(systemd-nspawn --quiet --register=no --keep-unit --private-users=no --capability=all
    --machine=pmx --bind=/dev/fuse --directory="$ROOT")

# What the packages pull in is part of the base, so that installing them needs no network.
make_base() {
    local packages=(postfix fuse3 corosync libcurl4 libgmime-3.0-0 libre2-9
        libboost-program-options1.74.0 sqlite3)
    [[ $(cat "$BASE/.complete" 2>/dev/null) == "${packages[*]}" ]] && return
    step "Making a Debian 12 root filesystem (once)"
    rm -rf "$BASE" && mkdir -p "$BASE"
    debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,procps \
        bookworm "$BASE" "$MIRROR" >"$BASE.log" 2>&1 || { tail "$BASE.log"; die "debootstrap failed"; }
    chroot "$BASE" debconf-set-selections <<<'postfix postfix/main_mailer_type select Local only'
    chroot "$BASE" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
        "${packages[@]}" >"$BASE.log" 2>&1 || { tail "$BASE.log"; die "apt-get failed in $BASE"; }
    printf '%s\n' "${packages[*]}" >"$BASE/.complete"
}

make_root() {
    mkdir -p "$WORK"
    mount -t tmpfs tmpfs "$WORK"
    mkdir -p "$ROOT" "$WORK/upper" "$WORK/overlay"
    mount -t overlay overlay "$ROOT" \
        -o "lowerdir=$BASE,upperdir=$WORK/upper,workdir=$WORK/overlay"
    mkdir "$ROOT/debs"
    cp build/packages/*.deb "$ROOT/debs/"
}

# A command in the root filesystem without systemd running.
without_systemd() {
    "${NSPAWN[@]}" --as-pid2 --console=pipe --setenv=DEBIAN_FRONTEND=noninteractive \
        /bin/bash -c "$*" </dev/null
}

# systemd-nspawn wants a cgroup of its own in a unified hierarchy, whatever this machine has.
own_cgroup() {
    umount --lazy --recursive /sys/fs/cgroup 2>/dev/null || true
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
    mkdir "$CGROUP"
}

find_init() { INIT=$(pgrep --parent "$NSPAWN_PID"); }
is_up() { inside systemctl is-system-running | grep -qE 'running|degraded'; }

boot() {
    own_cgroup
    bash -c 'echo $$ >"$0/cgroup.procs"; exec "$@"' "$CGROUP" \
        "${NSPAWN[@]}" --private-network --boot --console=pipe </dev/null &>"$WORK/console" &
    NSPAWN_PID=$!
    wait_until 30 find_init && wait_until 90 is_up ||
        { cat "$WORK/console"; die "systemd did not come up"; }
}

# A command as root inside the booted system.
inside() {
    nsenter --target "$INIT" --mount --uts --ipc --net --pid --cgroup --wdns=/ -- \
        env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive \
        bash -c "$*" </dev/null
}

# wait_until SECONDS COMMAND...: polls, because what it waits for is in another system.
wait_until() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@" &>/dev/null; do
        ((SECONDS < deadline)) || return 1
        sleep 0.1
    done
}
is_gone() { ! kill -0 "$1" 2>/dev/null; }

remove_cgroup() { find "$CGROUP" -depth -type d -exec rmdir {} +; }

shut_down() {
    [[ -n ${NSPAWN_PID:-} ]] && kill -0 "$NSPAWN_PID" 2>/dev/null && {
        inside systemctl poweroff >/dev/null 2>&1 || true
        wait_until 20 is_gone "$NSPAWN_PID" || true
    }
    if [[ -d $CGROUP ]]; then
        echo 1 >"$CGROUP/cgroup.kill" || true
        wait_until 5 remove_cgroup || true
    fi
    # The mounts go with this mount namespace.
    umount --lazy "$ROOT" "$WORK" 2>/dev/null || true
    rmdir "$WORK" 2>/dev/null || true
}
