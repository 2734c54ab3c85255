# lego wants port 80 for itself, and nginx has it.
# message: client-port-80-taken
# today: unknown
lego --path /var/lib/lego --server https://acme-v02.api.letsencrypt.org:14000/dir \
    --email info@example.com --accept-tos --domains example.com --http run
