"""Nodes that are far behind, or new."""

from concurrent.futures import ThreadPoolExecutor

from saving import save_soon

FILES = 10_000
A_DIRECTORY = 500
THREADS = 16


def fill(host, count):
    """Many small files."""
    directories = [host.mount / f"d{i}" for i in range(-(-count // A_DIRECTORY))]

    def write(i):
        path = directories[i // A_DIRECTORY] / f"f{i}.conf"
        path.write_text(f"key: value {i}\n" * 10, encoding="ascii")

    # Whoever has just left may be looked for still.
    save_soon(host, "about-to-fill.cfg", "1\n")
    for directory in directories:
        directory.mkdir()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(write, range(count)))


def test_a_node_10000_files_behind_catches_up(formed):
    formed[3].stop()
    fill(formed[1], FILES)
    formed[3].start()
    formed.wait_together()
    assert len(formed.same_everywhere()) >= FILES


def test_a_node_set_up_anew_under_its_old_id(formed):
    """Another disk: it has no vote until it has all, and takes the place of the old one."""
    fill(formed[1], 2000)
    status = formed[1].pmxctl_json("status")
    before = {voter["node"]: voter["disk"] for voter in status["voters"]}
    formed[3].stop()
    formed[3].forget()
    formed[3].start()
    formed.wait_together()

    def is_voter_again(status):
        voters = {voter["node"]: voter["disk"] for voter in status["voters"]}
        return sorted(voters) == [1, 2, 3] and voters[3] != before[3]

    formed[1].wait_status("the new disk votes", is_voter_again)
    # It counts: with it, one other may go.
    formed[2].stop()
    save_soon(formed[1], "with-the-new-one.cfg", "1\n")
    formed[2].start()
    formed.wait_together()
    assert len(formed.same_everywhere()) >= 2000


def test_a_killed_joiner_starts_over(formed):
    fill(formed[1], 3000)
    formed[3].stop()
    formed[3].forget()
    for _ in range(3):
        formed[3].launch()
        formed[3].wait_status("is there", lambda status: 1 in status["members"])
        formed[3].kill9()
        save_soon(formed[1], "meanwhile.cfg", "1\n")
    formed[3].start()
    formed.wait_together()
    assert len(formed.same_everywhere()) >= 3000
