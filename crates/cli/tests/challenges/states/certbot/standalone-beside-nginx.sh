# certbot wants port 80 for itself, and nginx has it.
# renewal: Could not bind TCP port 80
# nginx: keeps the old certificate
# says: standalone-port-taken
systemctl stop nginx
certbot certonly --standalone --domain example.com
systemctl start nginx
enable tls
