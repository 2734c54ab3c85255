# Runs nginx in a machine, inside private mount, network and process namespaces.
#
# usage: namespace.sh test|dump|serve ROOT BASE STAGE NGINX MAIN [ADDRESS/LENGTH...]
#
# ROOT is laid over BASE; what nginx writes goes to memory and leaves both as they are.
set -eu
umask 022

action=$1 root=$2 base=$3 stage=$4 nginx=$5 main=$6
shift 6

{
    echo link set lo up
    for address in "$@"; do
        case $address in
        *:*) echo address replace "$address" dev lo nodad ;;
        *) echo address replace "$address" dev lo ;;
        esac
    done
} | ip -batch -

mount -t tmpfs -o mode=0755 machine "$stage"
new=$stage/new
mkdir "$new" "$stage/written" "$stage/work" "$stage/usr-written" "$stage/usr-work"
mount -t overlay -o "lowerdir=$root:$base,upperdir=$stage/written,workdir=$stage/work" machine "$new"
usr=/usr
if [ -d "$root/usr" ]; then
    usr=$root/usr:/usr
fi
mount -t overlay -o "lowerdir=$usr,upperdir=$stage/usr-written,workdir=$stage/usr-work" machine "$new/usr"
for directory in bin lib lib32 lib64 libx32 sbin; do
    if [ -d "/$directory" ] && [ ! -L "/$directory" ]; then
        mount --bind "/$directory" "$new/$directory"
    fi
done
mount --rbind /dev "$new/dev"
mount -t proc proc "$new/proc"
mount --bind "$nginx" "$new/.nginx"

if [ "$action" != serve ]; then
    status=0
    test=-t
    if [ "$action" = dump ]; then
        test=-T
    fi
    timeout -k 1 20 chroot "$new" /.nginx "$test" -p /usr/share/nginx -c "/$main" \
        </dev/null >"$stage/output" 2>&1 || status=$?
    # Whoever reads this sees that nginx has run, and how it ended.
    echo "ended $status"
    cat "$stage/output"
    exit 0
fi

# Unless the configuration says `daemon off`, nginx returns when it listens.
(
    status=0
    chroot "$new" /.nginx -p /usr/share/nginx -c "/$main" \
        </dev/null >"$stage/output" 2>&1 || status=$?
    echo "$status" >"$stage/status.part"
    mv "$stage/status.part" "$stage/status"
) &
tries=0
while [ ! -e "$stage/status" ]; do
    tries=$((tries + 1))
    if [ "$tries" -gt 25 ] && grep -q ' 0A ' /proc/self/net/tcp /proc/self/net/tcp6; then
        echo 0 >"$stage/status"
    elif [ "$tries" -gt 500 ]; then
        echo 124 >"$stage/status"
    else
        sleep 0.02
    fi
done
echo "ended $(cat "$stage/status")"
# Everything here ends with this process, which ends when its caller closes the pipe.
exec cat "$stage/output" -
