"""What a few hundred records leave behind is sound, and git need not look into a file to say so."""

from __future__ import annotations


def test_three_hundred_jobs_leave_a_sound_repository_and_an_index_that_git_believes(annexed):
    jobs = [annexed.made(number, f"out/{number}.bin", f"out/{number}.txt") for number in range(300)]
    annexed.well(*jobs)

    assert annexed.git("diff-files") == ""  # it goes by times and sizes alone: nothing would be read again
    assert annexed.git("rev-list", "--count", "HEAD") == "302"
    assert "failed" not in annexed.run("git-annex", "fsck", "--fast", "--quiet", check=False)
    assert "failed" not in annexed.run("git-annex", "fsck", "--quiet", "out/7.bin", "out/299.bin", check=False)
    assert "[here]" in annexed.run("git-annex", "whereis", "out/299.bin")
    annexed.sound()
