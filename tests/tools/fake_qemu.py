# SPDX-License-Identifier: GPL-2.0
"""A stand-in for QEMU's chardevs: passes bytes between host and guest sockets.

Each line has a host socket that serves one client at a time, as QEMU does, and a guest
socket that an agent connects to. What distinguishes a port from a socket is kept: the guest's
side does not see host connections come and go. Lines can be cut after a number of bytes.
"""
import os
import selectors
import socket
import threading

PIECE = 65536


class PtyLeader:
    """A pty's leader, with the methods of a socket that a Line uses."""

    def __init__(self, link):
        self.leader, follower = os.openpty()
        os.set_blocking(self.leader, False)
        os.symlink(os.ttyname(follower), link)
        self.follower = follower  # kept open: a pty that nobody has open is hung up

    def fileno(self):
        return self.leader

    def recv(self, count):
        return os.read(self.leader, count)

    def send(self, data):
        return os.write(self.leader, data)

    def close(self):
        os.close(self.leader)
        os.close(self.follower)


class Line:
    """One port: a host side, a guest side, and the bytes between them."""

    def __init__(self, name, host_path, guest_path, pty=False):
        self.name = name
        self.pty = pty
        self.host_path = host_path
        self.guest_path = guest_path
        self.host_listener = None
        self.guest_listener = None
        self.host = None
        self.guest = None
        self.to_guest = b""
        self.to_host = b""
        self.count_to_guest = 0
        self.count_to_host = 0
        self.cut_to_guest = None  # close the host's connection after so many bytes more
        self.cut_to_host = None
        self.cuts = 0
        self.hosts = 0
        self.listen_host()
        self.plug()

    @staticmethod
    def listen(path):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen(1)
        listener.setblocking(False)
        return listener

    def listen_host(self):
        self.host_listener = self.listen(self.host_path)

    def plug(self):
        if self.pty:
            self.guest = PtyLeader(self.guest_path)
        else:
            self.guest_listener = self.listen(self.guest_path)

    def unplug(self):
        os.unlink(self.guest_path)
        self.guest_listener.close()
        self.guest_listener = None
        self.drop_guest()

    def drop_guest(self):
        if self.guest:
            self.guest.close()
        self.guest = None
        self.to_guest = b""

    def drop_host(self):
        """The host went away. What it sent and is under way still reaches the guest."""
        if self.host:
            self.host.close()
        self.host = None

    def end_host(self):
        """QEMU ends in order: the host has what the guest has sent, then nothing more."""
        while self.host:
            self.guest_ready(selectors.EVENT_READ if self.guest else 0)
            if not self.to_host:
                break
            self.host_ready(selectors.EVENT_WRITE)
        self.drop_host()

    def interests(self):
        """(socket, events, handler) of everything that can go on now."""
        read, write = selectors.EVENT_READ, selectors.EVENT_WRITE
        if self.host is None:
            yield self.host_listener, read, self.accept_host
        else:
            events = (read if not self.to_guest else 0) | (write if self.to_host else 0)
            yield self.host, events, self.host_ready
        if self.guest is None and self.guest_listener:
            yield self.guest_listener, read, self.accept_guest
        elif self.guest:
            wanted = not self.to_host and self.host is not None
            events = (read if wanted else 0) | (write if self.to_guest else 0)
            yield self.guest, events, self.guest_ready

    def accept_host(self, _):
        self.host, _ = self.host_listener.accept()
        self.host.setblocking(False)
        self.hosts += 1

    def accept_guest(self, _):
        self.guest, _ = self.guest_listener.accept()
        self.guest.setblocking(False)

    @staticmethod
    def receive(side):
        try:
            return side.recv(PIECE)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    @staticmethod
    def send(side, pending):
        try:
            return pending[side.send(pending):]
        except BlockingIOError:
            return pending
        except OSError:
            return b""

    def limit(self, piece, cut):
        """The part of a piece before a cut, whether the cut is reached, what is left of it."""
        if cut is None or len(piece) < cut:
            return piece, False, None if cut is None else cut - len(piece)
        return piece[:cut], True, None

    def host_ready(self, events):
        if events & selectors.EVENT_READ:
            piece = self.receive(self.host)
            if piece == b"":
                self.drop_host()
                return
            piece, reached, self.cut_to_guest = self.limit(piece or b"", self.cut_to_guest)
            self.to_guest += piece
            self.count_to_guest += len(piece)
            if reached:
                self.cuts += 1
                self.drop_host()
                return
        if events & selectors.EVENT_WRITE and self.to_host:
            piece, reached, cut = self.limit(self.to_host, self.cut_to_host)
            left = self.send(self.host, piece)
            sent = len(piece) - len(left)
            self.count_to_host += sent
            if self.cut_to_host is not None:
                self.cut_to_host = cut if not left else self.cut_to_host - sent
            self.to_host = left + self.to_host[len(piece):]
            if reached and not left:
                self.cut_to_host = None
                self.cuts += 1
                self.drop_host()

    def guest_ready(self, events):
        if events & selectors.EVENT_READ:
            piece = self.receive(self.guest)
            if piece == b"":
                self.drop_guest()
                return
            self.to_host += piece or b""
        if events & selectors.EVENT_WRITE and self.to_guest:
            self.to_guest = self.send(self.guest, self.to_guest)

    def close(self):
        for one in (self.host, self.guest, self.host_listener, self.guest_listener):
            if one:
                one.close()


class FakeQemu:
    """The lines of one guest, served by a thread."""

    def __init__(self, directory, names=("control", "data"), pty=False):
        os.makedirs(directory, exist_ok=True)
        self.directory = directory
        self.lines = {
            name: Line(name, f"{directory}/{name}.sock", f"{directory}/guest-{name}", pty)
            for name in names
        }
        self.commands = []
        self.wake_out, self.wake_in = socket.socketpair()
        self.running = True
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while self.running:
            selector = selectors.DefaultSelector()
            selector.register(self.wake_out, selectors.EVENT_READ, None)
            for line in self.lines.values():
                for side, events, handler in line.interests():
                    if events:
                        selector.register(side, events, handler)
            ready = selector.select()
            selector.close()
            for key, events in ready:
                if key.data is None:
                    self.wake_out.recv(1)
                    command, done = self.commands.pop(0)
                    command()
                    done.set()
                    break
                if key.fileobj.fileno() >= 0:
                    key.data(events)

    def do(self, command):
        """Runs something in the thread, and waits until it is done."""
        done = threading.Event()
        self.commands.append((command, done))
        self.wake_in.send(b"!")
        if not done.wait(60):
            raise TimeoutError("the fake QEMU does not answer")

    def cut(self, name, to_guest=None, to_host=None):
        """Ends the host's connection on a line after so many bytes more."""
        line = self.lines[name]

        def command():
            line.cut_to_guest, line.cut_to_host = to_guest, to_host

        self.do(command)

    def drop_host(self, name):
        self.do(self.lines[name].drop_host)

    def end_host(self, name):
        self.do(self.lines[name].end_host)

    def unplug(self, name):
        self.do(self.lines[name].unplug)

    def plug(self, name):
        self.do(self.lines[name].plug)

    def close(self):
        def command():
            self.running = False

        self.do(command)
        self.thread.join(60)
        for line in self.lines.values():
            line.close()
