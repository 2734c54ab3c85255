# The servers of a private network: BIND on 127.0.0.1, another one on 127.0.0.5 that refuses everything,
# and Unbound on 127.0.0.2. $1 is their directory. Says `ready`, or what is wrong, and waits.
cd "$1" || exit
# BIND listens only on addresses that an interface has. Nobody has 192.0.2.99: what the kernel gets for
# it over loopback it drops.
ip addr add 127.0.0.5/8 dev lo && ip addr add 192.0.2.98/32 dev lo &&
    ip route add 192.0.2.99/32 dev lo || echo "no network"
# shellcheck source=/dev/null
. ./more.sh
named -g -n 1 -c named.conf >named.log 2>&1 &
named -g -n 1 -c refusing.conf >refusing.log 2>&1 &
unbound -d -c unbound.conf >unbound.log 2>&1 &
answers() {
    dig +short +time=1 +tries=1 "@$1" . NS >dig.log 2>&1 && grep -q '^ns' dig.log
}
tries=0
until answers 127.0.0.1 && answers 127.0.0.2 && dig +time=1 +tries=1 @127.0.0.5 . NS >dig.log 2>&1; do
    tries=$((tries + 1))
    if [ "$tries" -gt 100 ]; then
        echo "no answer"
        break
    fi
    sleep 0.1
done
if grep "not loaded due to errors" named.log; then exit; fi
echo ready
cat >/dev/null
