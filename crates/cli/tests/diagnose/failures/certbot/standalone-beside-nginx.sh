# certbot wants port 80 for itself, and nginx has it.
# message: client-port-80-taken
# today: stands
# rules: standalone-port-taken
systemctl stop nginx
certbot certonly --standalone --domain example.com >/dev/null 2>&1
systemctl start nginx
certbot renew --force-renewal
