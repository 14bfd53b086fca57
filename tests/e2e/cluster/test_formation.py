"""The first formation of a cluster, and what is saved in it."""

import threading

from support.waiting import wait_until


def test_three_fresh_nodes_found_a_cluster_when_all_are_there(make_cluster):
    cluster = make_cluster(3).start_corosync()
    cluster[1].launch()
    cluster[2].launch()
    for number in (1, 2):
        status = cluster[number].wait_status(
            "hears the other and misses the third",
            lambda status: status["members"] == [1, 2] and "n3" in str(status["read_only_reason"]),
        )
        assert status["writable"] is False
    cluster[3].launch()
    cluster.wait_together()
    clusters = {host.pmxctl_json("status")["cluster"] for host in cluster}
    assert len(clusters) == 1
    tree = cluster.same_everywhere()
    assert {f"nodes/n{n}/qemu-server" for n in (1, 2, 3)} < tree.keys()


def test_a_save_on_one_node_is_seen_on_another(formed):
    formed[1].save("storage.cfg", "dir: local\n")
    wait_until(
        "the save on n3",
        lambda: (formed[3].mount / "storage.cfg").exists()
        and formed[3].read("storage.cfg") == "dir: local\n",
    )


def test_sync_shows_what_was_saved_before_it_anywhere(formed):
    for i in range(50):
        writer, reader = formed[i % 3 + 1], formed[(i + 1) % 3 + 1]
        writer.save("counter.cfg", f"{i}\n")
        reader.sync()
        assert reader.read("counter.cfg") == f"{i}\n"


def test_all_nodes_write_at_once_and_end_alike(formed):
    failures = []

    def write(host):
        try:
            for i in range(100):
                host.save(f"nodes/{host.name}/file{i}", f"{host.name} {i}\n" * 50)
                host.save("shared.cfg", f"{host.name} {i}\n")
        except OSError as error:
            failures.append((host.name, error))

    threads = [threading.Thread(target=write, args=(host,)) for host in formed]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(600)
        assert not thread.is_alive()
    assert failures == []
    tree = formed.same_everywhere()
    assert len([path for path in tree if "/file" in path]) == 300
    assert tree["shared.cfg"] in [f"n{n} 99\n".encode() for n in (1, 2, 3)]


def test_a_vmid_exists_once_in_the_cluster(formed):
    formed[1].save("nodes/n1/qemu-server/100.conf", "cores: 2\n")
    formed[2].sync()
    try:
        formed[2].save("nodes/n2/lxc/100.conf", "cores: 2\n")
        raise AssertionError("a second guest 100 was made")
    except FileExistsError:
        pass


def test_a_large_file_travels_in_parts(formed):
    """Beyond what one message may carry."""
    text = "".join(f"{i:09d}\n" for i in range(300_000))
    formed[2].save("large.cfg", text)
    formed[3].sync()
    assert formed[3].read("large.cfg") == text
